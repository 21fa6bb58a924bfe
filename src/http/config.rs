use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::routes::Routes;
use crate::runtime::{Configs, Directories, Drift, OnDrift, RunningFile, Schedule, Watcher};
use selfsame_core::environment::Environment;
use selfsame_core::report::Level;
use selfsame_core::stamp::{Digest, Embedded, Stamp};

/// The path of the report, unless [`SelfCheck::at`] says otherwise.
pub(super) const DEFAULT_PATH: &str = "/__build";

/// A look at the process that takes longer hangs, as on a file system that does not answer.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// What a service says of itself, where, and to whom.
///
/// ```
/// use selfsame::{Level, SelfCheck};
///
/// # let stamp = selfsame::stamp::Embedded::new(b"");
/// let check = SelfCheck::new(stamp) // selfsame::stamp!()
///     .at("/billing/__build")
///     .public(Level::Verify);
/// # let _ = check;
/// ```
///
/// Tokens come from [`token`](Self::token), from the variable `SELFSAME_TOKEN` and from the file
/// that `SELFSAME_TOKEN_FILE` names; several at once, separated by white space, let one be replaced
/// by another without a gap. Whoever sends one (`Authorization: Bearer …`, or Basic with the token
/// as password) gets the full report.
#[derive(Debug, Clone)]
#[must_use = "it answers nothing before it is on a router or a service"]
pub struct SelfCheck {
    pub(super) stamp: Embedded,
    pub(super) path: String,
    pub(super) public: Option<Level>,
    pub(super) tokens: Vec<Secret>,
    pub(super) environment: Environment,
    pub(super) now: SystemTime,
    pub(super) look_every: Duration,
    pub(super) routes: Option<Routes>,
    configs: Configs,
    on_drift: Option<OnDrift>,
}

impl SelfCheck {
    /// Returns the check of a service that carries `stamp`, at `/__build`.
    pub fn new(stamp: Embedded) -> Self {
        Self {
            stamp,
            path: DEFAULT_PATH.to_owned(),
            public: None,
            tokens: Vec::new(),
            environment: Environment::of_process(),
            now: SystemTime::now(),
            look_every: Duration::from_secs(60),
            routes: None,
            configs: Configs::default(),
            on_drift: None,
        }
    }

    /// Moves the report to another path.
    ///
    /// # Panics
    ///
    /// If the path does not begin with `/`, is `/` itself, or has braces, `?`, `#` or white space.
    #[track_caller]
    pub fn at(mut self, path: &str) -> Self {
        let trimmed = path.trim_end_matches('/');
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"{}?#".contains(c);
        assert!(
            trimmed.starts_with('/') && trimmed.chars().all(plain),
            "the path of the report is {path:?}; it has to be plain and begin with `/`, as in \
             \"/billing/__build\""
        );
        trimmed.clone_into(&mut self.path);
        self
    }

    /// Sets what callers without a token may learn. Without this, it is [`Level::Summary`] in a
    /// release build and [`Level::Full`] in a debug build.
    pub fn public(mut self, level: Level) -> Self {
        self.public = Some(level);
        self
    }

    /// Declares the routes of the service, where they cannot be read from the router at the call: an
    /// [`Inventory`](crate::routes::Inventory), or what [`routes::of`](crate::routes::of) read from
    /// a router. They are taken as they are given.
    pub fn routes(mut self, routes: impl Into<Routes>) -> Self {
        self.routes = Some(routes.into());
        self
    }

    /// Accepts a token. It needs at least 16 bytes and no white space.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.tokens.push(Secret(token.into()));
        self
    }

    /// Names configuration that the service loads, a file or a directory, and hashes it now: call
    /// this before the service reads it. The process looks again as it does at shipped directories,
    /// through links, and says whether what is there is what was loaded.
    ///
    /// A path that is not absolute is meant from the working directory. What is larger than 16 MiB is
    /// not read, and is unknown. No content leaves the process, and no hash that is not keyed with a
    /// token.
    ///
    /// ```
    /// use selfsame::SelfCheck;
    ///
    /// # let stamp = selfsame::stamp::Embedded::new(b"");
    /// let check = SelfCheck::new(stamp) // selfsame::stamp!()
    ///     .config("app", "/etc/app/config.toml")
    ///     .config_vars(["DATABASE_URL"]);
    /// let handle = check.handle();
    /// // … and where the service loads it again, just before it reads the file:
    /// handle.reloaded("app");
    /// # let _ = check;
    /// ```
    pub fn config(mut self, name: impl Into<String>, path: impl AsRef<Path>) -> Self {
        // Where it is meant from, which the process may leave.
        let here = std::env::current_dir().unwrap_or_default();
        self.configs.file(name.into(), here.join(path));
        self
    }

    /// Names variables that the service is configured with. The full report says which are set and,
    /// if the process has a token, a hash of each value that is keyed with it.
    pub fn config_vars<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        for name in names {
            let name = name.as_ref();
            let value = self.environment.get(name).map(|value| value.as_encoded_bytes().to_vec());
            self.configs.variable(name.to_owned(), value.as_deref());
        }
        self
    }

    /// Returns a handle of the configuration that is named so far.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(self.configs.clone())
    }

    /// Calls this once two looks in a row agree that the executable, shipped files or configuration
    /// were replaced after the process had started: once in the life of the process, in a thread of
    /// its own. Without this nothing happens. With it the process looks at itself though nobody asks.
    ///
    /// What differed when the process started is left out, since another start would find it again.
    pub fn on_drift(mut self, call: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        self.on_drift = Some(OnDrift(Arc::new(call)));
        self
    }
}

impl SelfCheck {
    /// Begins to look at the process, which carries `stamp`.
    pub(super) fn watch(&self, stamp: &Stamp, keys: &[Digest]) -> Watcher {
        // Paths are meant from where the process was started, which it may leave.
        let here = std::env::current_dir().unwrap_or_default();
        let argument = std::env::args_os().next().map(PathBuf::from);
        let executable = RunningFile::at_start(argument.as_deref(), stamp.fingerprint());
        let directories = Directories::new(stamp, &self.environment, &here);
        let interest = match self.on_drift {
            Some(_) => Duration::MAX,
            None => self.look_every.max(Duration::from_secs(10 * 60)),
        };
        let schedule = Schedule { every: self.look_every, interest, patience: PATIENCE };
        let configs = (self.configs.clone(), keys.to_vec());
        Watcher::start(executable, directories, configs, self.on_drift.clone(), schedule)
    }
}

/// Tells a running [`SelfCheck`] what the service did. See [`SelfCheck::config`].
#[derive(Debug, Clone)]
pub struct Handle(Configs);

impl Handle {
    /// Takes what is there now for what is loaded, after a reload without a restart. It reads the
    /// file, so call it where the service does. Call it just before the service reads the file: a
    /// change in between then shows.
    pub fn reloaded(&self, name: &str) {
        if !self.0.reloaded(name) {
            tracing::warn!(name, "selfsame: no configuration of this name: see SelfCheck::config");
        }
    }
}

impl From<Embedded> for SelfCheck {
    fn from(stamp: Embedded) -> Self {
        Self::new(stamp)
    }
}

/// A text that no `Debug` output shows.
#[derive(Clone)]
pub(super) struct Secret(pub(super) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
