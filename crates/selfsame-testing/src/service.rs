use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::clean_environment;

/// A running back office. It ends when it is dropped.
#[derive(Debug)]
pub struct Service {
    child: Child,
    url: String,
}

impl Service {
    /// Starts the binary on a free port and waits until it listens.
    pub fn start(binary: &Path, variables: &[(&str, &str)]) -> Self {
        const PATIENCE: Duration = Duration::from_secs(30);

        let mut child = Command::new(binary)
            .env_clear()
            .envs(clean_environment())
            .env("BACKOFFICE_LISTEN", "127.0.0.1:0")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = out.read_line(&mut line);
            let _ = send.send(line);
            // Whatever else it prints must not fill the pipe.
            let _ = std::io::copy(&mut out, &mut std::io::sink());
        });
        let line = receive.recv_timeout(PATIENCE);
        let url =
            line.ok().and_then(|line| Some(line.trim().strip_prefix("listening on ")?.into()));
        let Some(url) = url else {
            let _ = child.kill();
            panic!("`{}` did not say where it listens", binary.display());
        };
        Self { child, url }
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
