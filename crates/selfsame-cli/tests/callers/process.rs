//! Programs of others, on loopback addresses of their own, gone when they are dropped.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use selfsame_testing::package;

/// No condition may take longer to come true.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program, which writes what it says into `directory`.
    pub(crate) fn start(command: &mut Command, directory: &Path) -> Self {
        let name = Path::new(command.get_program()).file_name().expect("it has a name").to_owned();
        let log = directory.join(name).with_extension("log");
        let out = File::create(&log).expect("the log can be made");
        let err = out.try_clone().expect("it can be shared");
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        Self { child: child.expect("the program starts"), log }
    }

    /// Waits until the program does what it is for. It has to be alive then.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, mut holds: impl FnMut() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds() {
            let ended = self.child.try_wait().expect("it is our child");
            assert!(ended.is_none(), "it ended before {what}:\n{}", self.said());
            assert!(Instant::now() < end, "it was never true that {what}:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until somebody listens there.
    #[track_caller]
    pub(crate) fn listens(mut self, address: SocketAddr) -> Self {
        self.until("it listens", || TcpStream::connect(address).is_ok());
        self
    }

    /// What the program said.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address on which nobody listens, on a loopback host of its own: no other test comes there, and
/// no connection that goes out ends there.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU8 = AtomicU8::new(1);

    let [_, _, high, low] = std::process::id().to_be_bytes();
    let host = NEXT.fetch_add(1, Ordering::Relaxed);
    let address = |port| SocketAddr::from(([127, high | 0x80, low, host], port));
    // Not by binding it: a program that another test starts at this moment would inherit the
    // listener for as long as its start takes. Somebody may listen on all hosts.
    let free = (20_000..u16::MAX).map(address).find(|address| TcpStream::connect(address).is_err());
    free.expect("loopback has a free port")
}

/// A directory for what a program writes.
pub(crate) fn directory() -> TempDir {
    TempDir::with_prefix("selfsame-callers-").expect("a temporary directory")
}

/// A file that users copy.
pub(crate) fn deployed(path: &str) -> PathBuf {
    package().join("deploy").join(path)
}

/// A path as the value of a variable.
pub(crate) fn text(path: &Path) -> String {
    path.to_str().expect("the path is UTF-8").to_owned()
}

/// Whether it comes true before the deadline.
pub(crate) fn comes_true(mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}
