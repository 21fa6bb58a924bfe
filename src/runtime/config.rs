use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::Thread;

use sha2::Digest as _;

use super::throttle::Throttle;
use selfsame_core::report::{ConfigIs, ConfigState, ConfigVariable};
use selfsame_core::stamp::Digest;
use selfsame_core::tree;

/// The longest configuration that is read, in bytes, a directory's files together.
const MAX_CONFIG: u64 = 16 << 20;

/// The most files of a directory, and how deep they may lie.
const MAX_FILES: usize = 1_000;
const MAX_DEPTH: usize = 8;

const BUFFER: usize = 64 * 1024;

/// The configuration that a service names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Configs {
    files: Vec<Arc<Named>>,
    variables: Vec<Variable>,
    wake: Arc<Wake>,
}

/// A file or a directory, and what was loaded of it.
struct Named {
    name: String,
    path: PathBuf,
    loaded: Mutex<Content>,
}

/// A variable, and the hash of its value.
#[derive(Clone)]
struct Variable {
    name: String,
    value: Option<Digest>,
}

/// What is there. The hashes leave the process only keyed.
#[derive(Clone, PartialEq, Eq)]
enum Content {
    Absent,
    Is(Digest),
    TooLarge,
    Unreadable(String),
}

// What could confirm a guess stays out of every log.
impl std::fmt::Debug for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Named").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Variable").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Configs {
    /// Names what lies at a path, and hashes it. Another one of the same name takes its place.
    pub(crate) fn file(&mut self, name: String, path: PathBuf) {
        let loaded = Mutex::new(Content::at(&path, None));
        self.files.retain(|named| named.name != name);
        self.files.push(Arc::new(Named { name, path, loaded }));
    }

    /// Names a variable, and hashes its value.
    pub(crate) fn variable(&mut self, name: String, value: Option<&[u8]>) {
        self.variables.retain(|variable| variable.name != name);
        self.variables.push(Variable { name, value: value.map(Digest::of) });
    }

    /// Takes what is there for what is loaded. `false` if nothing has that name.
    pub(crate) fn reloaded(&self, name: &str) -> bool {
        let Some(named) = self.files.iter().find(|named| named.name == name) else { return false };
        let now = Content::at(&named.path, None);
        *named.loaded.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.wake.ask();
        true
    }

    pub(crate) fn wake(&self) -> &Arc<Wake> {
        &self.wake
    }

    /// Compares each file with what was loaded. `keys` are the digests of the tokens.
    pub(crate) fn look(&self, keys: &[Digest]) -> Vec<ConfigState> {
        self.files.iter().map(|named| named.look(keys)).collect()
    }

    /// The variables as they were named.
    pub(crate) fn variables(&self, keys: &[Digest]) -> Vec<ConfigVariable> {
        let state = |variable: &Variable| {
            let mut state = ConfigVariable::new(&variable.name, variable.value.is_some());
            state.keyed = keyed(keys, variable.value.as_ref());
            state
        };
        self.variables.iter().map(state).collect()
    }
}

impl Named {
    fn look(&self, keys: &[Digest]) -> ConfigState {
        let now = Content::at(&self.path, Some(&mut Throttle::new()));
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (state, why) = match (&loaded, now) {
            (Content::Unreadable(why), _) => {
                (ConfigIs::Unknown, Some(format!("when it was named: {why}")))
            }
            (_, Content::Unreadable(why)) => (ConfigIs::Unknown, Some(why)),
            (Content::TooLarge, Content::TooLarge) => (
                ConfigIs::Unknown,
                Some(format!("it is larger than {MAX_CONFIG} bytes or {MAX_FILES} files")),
            ),
            (loaded, now) if *loaded == now => (ConfigIs::Same, None),
            (_, Content::Absent) => (ConfigIs::Gone, None),
            _ => (ConfigIs::Changed, None),
        };
        let at = self.path.display().to_string();
        let mut state = ConfigState::new(&self.name, at, state);
        state.unknown = why;
        if let Content::Is(sha256) = &loaded {
            state.keyed = keyed(keys, Some(sha256));
        }
        state
    }
}

/// HMAC-SHA-256 of the hash as a text, with each of the keys.
fn keyed(keys: &[Digest], value: Option<&Digest>) -> Vec<String> {
    use hmac::{Hmac, KeyInit as _, Mac as _};

    let Some(value) = value else { return Vec::new() };
    let text = value.to_string();
    let with = |key: &Digest| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes())
            .expect("a key may have any length");
        mac.update(text.as_bytes());
        Digest::new(mac.finalize().into_bytes().into()).to_string()
    };
    keys.iter().map(with).collect()
}

impl Content {
    /// What lies at a path, through links, as they lead now.
    fn at(path: &Path, mut throttle: Option<&mut Throttle>) -> Self {
        let mut left = MAX_CONFIG;
        let found = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let mut lines = Vec::new();
                directory(path, "", 0, &mut lines, &mut left, &mut throttle)
                    .map(|()| Digest::of(lines.concat().as_bytes()))
            }
            Ok(_) => hash(path, &mut left, &mut throttle),
            Err(error) => Err(error.into()),
        };
        match found {
            Ok(sha256) => Self::Is(sha256),
            Err(Failed::TooLarge) => Self::TooLarge,
            Err(Failed::Io(error)) if error.kind() == io::ErrorKind::NotFound => Self::Absent,
            Err(Failed::Io(error)) => Self::Unreadable(error.to_string()),
        }
    }
}

enum Failed {
    TooLarge,
    Io(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The lines of a directory, a hash and a name each. Names that begin with a dot are left out, and
/// links are followed: Kubernetes mounts files as links into `..data`, which it leads elsewhere.
fn directory(
    path: &Path,
    below: &str,
    depth: usize,
    lines: &mut Vec<String>,
    left: &mut u64,
    throttle: &mut Option<&mut Throttle>,
) -> Result<(), Failed> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if names.len() + lines.len() == MAX_FILES {
            return Err(Failed::TooLarge);
        }
        names.push(name);
    }
    names.sort();
    for name in names {
        let path = path.join(&name);
        // Escaped, so that no name looks like two lines.
        let name = format!("{below}{}", name.as_encoded_bytes().escape_ascii());
        let within = |failed| match failed {
            // The directory itself is there.
            Failed::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                Failed::Io(io::Error::other(format!("`{name}`: {error}")))
            }
            failed => failed,
        };
        if fs::metadata(&path).map_err(|error| within(error.into()))?.is_dir() {
            if depth == MAX_DEPTH {
                return Err(Failed::TooLarge);
            }
            directory(&path, &format!("{name}/"), depth + 1, lines, left, throttle)
                .map_err(within)?;
        } else {
            let sha256 = hash(&path, left, throttle).map_err(within)?;
            lines.push(format!("{sha256}  {name}\n"));
        }
    }
    Ok(())
}

fn hash(
    path: &Path,
    left: &mut u64,
    throttle: &mut Option<&mut Throttle>,
) -> Result<Digest, Failed> {
    let mut file: File = tree::open(path)?;
    // What is far too long is not read at all.
    if file.metadata()?.len() > *left {
        return Err(Failed::TooLarge);
    }
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => return Ok(Digest::new(hasher.finalize().into())),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        *left = left.checked_sub(read as u64).ok_or(Failed::TooLarge)?;
        hasher.update(&buffer[..read]);
        if let Some(throttle) = throttle {
            throttle.rest();
        }
    }
}

/// Asks the thread that looks for a look before its time.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    asked: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Wake {
    /// The thread that looks, of which there is one.
    pub(super) fn is(&self, thread: &Thread) {
        let _ = self.thread.set(thread.clone());
    }

    fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Whether somebody asked since the last time.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.swap(false, Ordering::SeqCst)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    fn state(configs: &Configs) -> ConfigIs {
        let [one] = &configs.look(&[])[..] else { panic!("one was named") };
        one.state
    }

    fn named(path: &Path) -> Configs {
        let mut configs = Configs::default();
        configs.file("app".to_owned(), path.to_owned());
        configs
    }

    #[test]
    fn a_file_is_what_was_loaded_until_its_bytes_change() {
        let directory = TempDir::with_prefix("config-").unwrap();
        let path = directory.path().join("app.toml");
        fs::write(&path, "workers = 4").unwrap();
        let configs = named(&path);
        assert_eq!(state(&configs), ConfigIs::Same);
        // Other times and another inode, and the same bytes.
        let other = directory.path().join("new");
        fs::write(&other, "workers = 4").unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!(state(&configs), ConfigIs::Same);
        fs::write(&other, "workers = 8").unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!(state(&configs), ConfigIs::Changed);
        fs::remove_file(&path).unwrap();
        assert_eq!(state(&configs), ConfigIs::Gone);
        fs::write(&path, "workers = 4").unwrap();
        assert_eq!(state(&configs), ConfigIs::Same);
    }

    #[test]
    fn what_was_reloaded_is_loaded() {
        let directory = TempDir::with_prefix("config-").unwrap();
        let path = directory.path().join("app.toml");
        let configs = named(&path);
        assert_eq!(state(&configs), ConfigIs::Same, "it was not there, and is not");
        fs::write(&path, "a").unwrap();
        assert_eq!(state(&configs), ConfigIs::Changed);
        assert!(configs.reloaded("app"));
        assert!(configs.wake.is_asked() && !configs.wake.is_asked());
        assert_eq!(state(&configs), ConfigIs::Same);
        assert!(!configs.reloaded("other"));
    }

    #[test]
    fn links_as_kubernetes_mounts_them_are_followed() {
        let directory = TempDir::with_prefix("config-").unwrap();
        let at = |name: &str| directory.path().join(name);
        for (version, text) in [("..one", "a"), ("..two", "b"), ("..three", "a")] {
            fs::create_dir_all(at(version).join("conf.d")).unwrap();
            fs::write(at(version).join("app.toml"), text).unwrap();
            fs::write(at(version).join("conf.d/more.toml"), "more").unwrap();
        }
        let flip = |version: &str| {
            symlink(version, at("..new")).unwrap();
            fs::rename(at("..new"), at("..data")).unwrap();
        };
        flip("..one");
        symlink("..data/app.toml", at("app.toml")).unwrap();
        symlink("..data/conf.d", at("conf.d")).unwrap();
        let (file, all) = (named(&at("app.toml")), named(directory.path()));
        for (version, expected) in
            [("..one", ConfigIs::Same), ("..two", ConfigIs::Changed), ("..three", ConfigIs::Same)]
        {
            flip(version);
            assert_eq!((state(&file), state(&all)), (expected, expected), "{version}");
        }
        fs::write(at("..three/conf.d/more.toml"), "less").unwrap();
        assert_eq!((state(&file), state(&all)), (ConfigIs::Same, ConfigIs::Changed));
        // A link into nothing is no file.
        fs::remove_file(at("..data")).unwrap();
        assert_eq!(state(&file), ConfigIs::Gone);
    }

    #[test]
    fn what_cannot_be_read_or_is_too_large_is_unknown_or_changed_and_never_same() {
        let directory = TempDir::with_prefix("config-").unwrap();
        let path = directory.path().join("app.toml");
        let large = |length: u64| File::create(&path).unwrap().set_len(length).unwrap();
        large(100 << 20);
        let configs = named(&path);
        assert_eq!(state(&configs), ConfigIs::Unknown);
        large(10);
        assert_eq!(state(&configs), ConfigIs::Changed);
        let configs = named(&path);
        large(100 << 20);
        assert_eq!(state(&configs), ConfigIs::Changed);
        large(MAX_CONFIG);
        assert_eq!(state(&named(&path)), ConfigIs::Same);
        large(MAX_CONFIG + 1);
        assert_eq!(state(&named(&path)), ConfigIs::Unknown);

        // A FIFO is not waited for, and a loop ends.
        let fifo = directory.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        assert_eq!(state(&named(&fifo)), ConfigIs::Unknown);
        assert_eq!(state(&named(directory.path())), ConfigIs::Unknown);
        fs::remove_file(&fifo).unwrap();
        fs::remove_file(&path).unwrap();
        symlink(".", directory.path().join("loop")).unwrap();
        assert_eq!(state(&named(directory.path())), ConfigIs::Unknown);
        fs::remove_file(directory.path().join("loop")).unwrap();
        for file in 0..=MAX_FILES {
            fs::write(directory.path().join(file.to_string()), "").unwrap();
        }
        assert_eq!(state(&named(directory.path())), ConfigIs::Unknown);
    }

    #[test]
    fn a_hash_leaves_with_a_key_or_not_at_all() {
        let directory = TempDir::with_prefix("config-").unwrap();
        let path = directory.path().join("app.toml");
        fs::write(&path, "pin = 1234").unwrap();
        let mut configs = named(&path);
        configs.variable("PIN".to_owned(), Some(b"1234"));
        configs.variable("NONE".to_owned(), None);
        let key = Digest::of(b"correct-horse-battery");
        let plain = [Digest::of(b"pin = 1234"), Digest::of(b"1234")].map(|hash| hash.to_string());
        for keys in [&[][..], &[key]] {
            let told = format!("{:?}{:?}{configs:?}", configs.look(keys), configs.variables(keys));
            assert!(plain.iter().all(|hash| !told.contains(hash)), "{told}");
        }
        let [pin, none] = &configs.variables(&[key])[..] else { panic!("two were named") };
        // printf %s 1234 | sha256sum, and of its 64 digits:
        // openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf %s "$TOKEN" | sha256sum)
        assert_eq!(pin.keyed, [KEYED]);
        assert!(pin.set && !none.set && none.keyed.is_empty());
        assert_eq!(configs.look(&[key, key])[0].keyed.len(), 2);
        assert!(configs.look(&[])[0].keyed.is_empty());
    }

    const KEYED: &str = "04a5b467797eedd9ce4fb95c4256e1d75f5249ff378698183c4c4b430650dfdd";
}
