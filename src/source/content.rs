use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Package, SourceError, lock, spelled};
use crate::stamp::{Digest, Scope};
use crate::tree::{self, Entry, Kind, Lines};

/// The line of the part of `Cargo.lock` that the package reaches.
const LOCK: &str = "Cargo.lock";

/// The line of what the package inherits from its workspace.
const WORKSPACE: &str = "workspace";

/// Everything of a package that goes into its build.
///
/// Its digest is the SHA-256 of lines as `sha256sum` prints them: one for each file, under its path
/// from the package (`./src/main.rs`, `../proto/api.proto`), one for each link (`link ./src/x`, the
/// text of its target), one for what the package reaches in `Cargo.lock`, and, for a member of a
/// workspace, one for what it inherits. The parts that the scope names are covered like the package.
#[derive(Debug)]
pub struct Content {
    lines: BTreeMap<Vec<u8>, Digest>,
    /// Each file with its length.
    files: Vec<(Vec<u8>, u64)>,
    roots: Vec<(String, PathBuf)>,
    /// What would be covered if it existed, and what is.
    candidates: Vec<(String, PathBuf)>,
    symlinks: Vec<String>,
    locked: Result<BTreeSet<String>, SourceError>,
}

impl Content {
    /// Hashes the content of `package` under `scope`.
    ///
    /// # Errors
    ///
    /// If something cannot be read, or if a path of the scope does not exist.
    pub fn of(package: &Package, scope: &Scope) -> Result<Self, SourceError> {
        let parts = parts(package, scope)?;
        let Covered { roots, candidates } = Covered::of(package, scope, &parts)?;
        let mut entries: BTreeMap<Vec<u8>, Entry> = BTreeMap::new();
        for (name, path) in &roots {
            let shown = if name.starts_with("../") { name.clone() } else { format!("./{name}") };
            // A link is followed only where the scope names it.
            let found = if path.is_symlink() && !scope.also.contains(name) {
                vec![Entry { name: shown.into_bytes(), path: path.clone(), kind: Kind::Link }]
            } else {
                tree::list(path, &shown)?
            };
            entries.extend(found.into_iter().map(|entry| (entry.name.clone(), entry)));
        }
        let files: Vec<&Entry> =
            entries.values().filter(|entry| entry.kind == Kind::File).collect();
        let digests = tree::digests(&files)?;
        let mut lines = BTreeMap::new();
        let mut lengths = Vec::with_capacity(files.len());
        for (entry, (digest, length)) in files.iter().zip(digests) {
            lines.insert(entry.name.clone(), digest);
            lengths.push((entry.name.clone(), length));
        }
        let mut symlinks = Vec::new();
        for entry in entries.values().filter(|entry| entry.kind == Kind::Link) {
            let target = entry
                .path
                .read_link()
                .map_err(|error| SourceError::io("read the link", &entry.path, error))?;
            let name = [b"link ", &*entry.name].concat();
            lines.insert(name, Digest::of(target.as_os_str().as_encoded_bytes()));
            symlinks.push(String::from_utf8_lossy(&entry.name).into_owned());
        }

        let locked = if package.is_cargo() {
            reached(package).map(|reached| {
                lines.insert(LOCK.into(), Digest::of(reached.text.as_bytes()));
                reached.local
            })
        } else if lines.is_empty() {
            // The hash of nothing would equal that of any other directory.
            Err(SourceError::new(format!(
                "nothing that `{}` is built from is known: name it (--also)",
                package.root().display()
            )))
        } else {
            Ok(BTreeSet::new())
        };
        if let Some(inherited) = package.inherited() {
            lines.insert(WORKSPACE.into(), Digest::of(inherited.as_bytes()));
        }
        for (path, part) in &parts {
            if let Some(inherited) = part.inherited() {
                let name = format!("{WORKSPACE} {path}");
                lines.insert(name.into(), Digest::of(inherited.as_bytes()));
            }
        }
        Ok(Self { lines, files: lengths, roots, candidates, symlinks, locked })
    }

    /// The digest.
    ///
    /// # Errors
    ///
    /// If there is no `Cargo.lock` that holds the package: then it is open what would be built. For
    /// what cargo does not build, if there is nothing that content covers.
    pub fn digest(&self) -> Result<Digest, &SourceError> {
        self.locked.as_ref().map(|_| self.lines().digest())
    }

    /// The digest of all but the part of `Cargo.lock`: what a part says of itself, whose lock file
    /// is its dependent's.
    #[must_use]
    pub(crate) fn of_files(&self) -> Digest {
        let mut lines = Lines::new();
        for (name, digest) in self.lines.iter().filter(|(name, _)| *name != LOCK.as_bytes()) {
            lines.push(*digest, name);
        }
        lines.digest()
    }

    /// The lines under the digest, sorted by the bytes of the names.
    #[must_use]
    pub fn lines(&self) -> Lines {
        let mut lines = Lines::new();
        for (name, digest) in &self.lines {
            lines.push(*digest, name);
        }
        lines
    }

    /// The files below the package that were hashed, relative to it and with `/`, each with its
    /// length. Those whose names are no UTF-8 are left out.
    pub fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        self.files.iter().filter_map(|(name, length)| {
            let name = str::from_utf8(name).ok()?.strip_prefix("./")?;
            Some((name, *length))
        })
    }

    /// The files and directories that were hashed.
    pub fn roots(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter().map(|(_, path)| path.as_path())
    }

    /// The files and directories that are hashed where they exist: those that do, and those that
    /// the commit may hold all the same.
    pub fn candidates(&self) -> impl Iterator<Item = &Path> {
        self.candidates.iter().map(|(_, path)| path.as_path())
    }

    /// The symlinks, whose text is covered and whose target is not.
    #[must_use]
    pub fn symlinks(&self) -> &[String] {
        &self.symlinks
    }

    /// The names of the local path dependencies that the package reaches in `Cargo.lock`.
    pub fn local_dependencies(&self) -> impl Iterator<Item = &str> {
        self.locked.iter().flatten().map(String::as_str)
    }

    /// Whether the content holds the file at `path`, relative to the package and with `/`.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        let name = if path.starts_with("../") { path.to_owned() } else { format!("./{path}") };
        self.lines.contains_key(name.as_bytes())
            || self.lines.contains_key(format!("link {name}").as_bytes())
    }

    /// Whether `path`, relative to the package and with `/`, would be content if it existed.
    #[must_use]
    pub fn would_cover(&self, path: &str) -> bool {
        self.candidates.iter().any(|(root, _)| match path.strip_prefix(root.as_str()) {
            Some("") => true,
            Some(below) => {
                below.starts_with('/') && !below.split('/').any(|name| name.starts_with('.'))
            }
            None => false,
        })
    }

    /// Whether files below `path`, relative to the package and with `/`, would be content.
    pub(crate) fn would_reach(&self, path: &str) -> bool {
        let above = |root: &str| Path::new(root).starts_with(path);
        self.would_cover(path) || self.candidates.iter().any(|(root, _)| above(root))
    }
}

/// The part of `Cargo.lock` that the package reaches.
fn reached(package: &Package) -> Result<lock::Reached, SourceError> {
    let path = package.lock_path();
    let lock = package.lock()?.ok_or_else(|| {
        SourceError::new(format!(
            "there is no `{}`, so it is open what would be built: commit it",
            path.display()
        ))
    })?;
    lock::reached(&path, &lock, package.name(), package.version())
}

/// The parts that the scope names, by the way to them.
fn parts<'a>(package: &Package, scope: &'a Scope) -> Result<Vec<(&'a str, Package)>, SourceError> {
    let open = |path: &'a String| {
        let root = std::path::absolute(package.root().join(path))
            .map_err(|error| SourceError::io("resolve", package.root(), error))?;
        Ok((path.as_str(), Package::open(&super::package::normal(&root))?))
    };
    scope.parts.keys().map(open).collect()
}

/// The files and directories that content covers, by their spelling in the scope.
struct Covered {
    /// Those that exist, without what lies below another.
    roots: Vec<(String, PathBuf)>,
    /// All.
    candidates: Vec<(String, PathBuf)>,
}

impl Covered {
    fn of(
        package: &Package,
        scope: &Scope,
        parts: &[(&str, Package)],
    ) -> Result<Self, SourceError> {
        let mut names: BTreeMap<String, bool> =
            package.conventional().iter().map(|name| ((*name).to_owned(), false)).collect();
        for target in package.named_targets() {
            names.entry(spelled(Path::new(target), true)?).or_insert(false);
        }
        for module in &scope.modules {
            if let Some(parent) = module.strip_suffix("/*") {
                names.insert(parent.to_owned(), true);
            } else {
                names.entry(module.clone()).or_insert(false);
                names.entry(format!("{module}.rs")).or_insert(false);
            }
        }
        for also in scope.also.iter().chain(&scope.routes) {
            names.insert(also.clone(), true);
        }
        for (path, part) in parts {
            let below = |name: &str| spelled(&Path::new(path).join(name), true);
            for name in part.conventional().iter().copied().chain(part.named_targets()) {
                names.entry(below(name)?).or_insert(false);
            }
            for also in scope.parts.get(*path).into_iter().flatten() {
                names.insert(below(also)?, true);
            }
        }

        let mut roots: Vec<(String, PathBuf)> = Vec::new();
        let mut candidates = Vec::with_capacity(names.len());
        for (name, required) in names {
            let path = package.root().join(&name);
            candidates.push((name.clone(), path.clone()));
            match path.symlink_metadata() {
                // Below a directory that is covered whole; the names are sorted.
                Ok(_) if roots.iter().any(|(root, _)| below(&name, root)) => {}
                Ok(_) => roots.push((name, path)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Err(SourceError::new(format!(
                        "`{name}` is expected to go into the build, and `{}` does not exist",
                        path.display()
                    )));
                }
                Err(error) => return Err(SourceError::io("read", &path, error)),
            }
        }
        Ok(Self { roots, candidates })
    }
}

fn below(name: &str, root: &str) -> bool {
    // A hidden directory that is named is covered, though the directory above leaves it out.
    name.strip_prefix(root)
        .and_then(|below| below.strip_prefix('/'))
        .is_some_and(|below| !below.split('/').any(|name| name.starts_with('.')))
}
