//! Which files of a package are content.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::conventions::{CONVENTIONAL, OF_WORKSPACE};
use super::{Content, Context, Excluded, Line, Rule, name_of};
use crate::error::SourceError;
use crate::files::{Files, Kept};
use crate::npm::Surroundings;
use crate::package::Package;
use crate::path::normal;
use crate::reach::{self, Reach};
use crate::scope::Scope;
use crate::walk::{self, Hidden};
use selfsame_core::stamp::Digest;
use selfsame_core::tree::Kind;

/// How many links are followed from one to the next.
const MAX_LINKS: usize = 40;

/// The files of all packages: the path under which each is content, with the path of its bytes.
#[derive(Default)]
pub(super) struct Found {
    files: BTreeMap<PathBuf, Entry>,
}

struct Entry {
    bytes: PathBuf,
    rule: Rule,
    owners: BTreeSet<usize>,
}

impl Content {
    /// Adds the files of all packages.
    pub(super) fn add_files(
        &mut self,
        root: &Package,
        within: &Context<'_>,
        around: Option<&Surroundings>,
    ) -> Result<(), SourceError> {
        let mut found = Found::default();
        for index in 0..self.packages.len() {
            let package = self.packages[index].package.clone();
            let mut collector =
                Collector { content: self, within, package: &package, index, found: &mut found };
            collector.collect()?;
        }
        if root.is_cargo() {
            for name in OF_WORKSPACE {
                let path = root.workspace_root().join(name);
                let mut collector =
                    Collector { content: self, within, package: root, index: 0, found: &mut found };
                collector.add(&path, Hidden::But, &Rule::Conventional(name))?;
            }
        }
        if let Some(around) = around {
            let mut collector =
                Collector { content: self, within, package: root, index: 0, found: &mut found };
            collector.collect_around(around)?;
        }
        let entries: Vec<(&PathBuf, &Entry)> = found.files.iter().collect();
        let digests = digests(within, &entries)?;
        for ((path, entry), (digest, length)) in entries.into_iter().zip(digests) {
            let line = Line {
                digest,
                path: Some(path.clone()),
                target: (entry.bytes != *path).then(|| entry.bytes.clone()),
                length,
                rule: entry.rule.clone(),
                text: None,
                owners: entry.owners.clone(),
            };
            self.lines.insert(name_of(root, path), line);
        }
        Ok(())
    }
}

/// Collects the files of one package.
pub(super) struct Collector<'a> {
    pub(super) content: &'a mut Content,
    pub(super) within: &'a Context<'a>,
    pub(super) package: &'a Package,
    index: usize,
    found: &'a mut Found,
}

impl Collector<'_> {
    fn collect(&mut self) -> Result<(), SourceError> {
        let root = self.package.root().to_owned();
        let scope = Scope::of(self.package)?;
        if self.package.is_cargo() {
            self.collect_reached(&root)?;
            for name in &CONVENTIONAL {
                let hidden = if *name == "src" { Hidden::Out } else { Hidden::But };
                self.add(&root.join(name), hidden, &Rule::Conventional(name))?;
            }
        } else if self.index == 0 {
            self.collect_front_end(&root)?;
        } else {
            self.collect_dependency(&root)?;
        }
        for pattern in &scope.modules {
            let path = pattern.strip_suffix("/*").unwrap_or(pattern);
            self.add(&root.join(path), Hidden::Out, &Rule::Expected)?;
            self.add(&root.join(format!("{path}.rs")), Hidden::Out, &Rule::Expected)?;
        }
        let required = scope.also.iter().map(|path| (path, Rule::Also));
        for (name, rule) in required.chain(scope.routes.iter().map(|path| (path, Rule::Routes))) {
            let path = normal(&root.join(name));
            if self.within.files.kind(&path)?.is_none() {
                return Err(SourceError::new(format!(
                    "{rule}: `{name}` does not exist in `{}`",
                    root.display()
                )));
            }
            self.add(&path, Hidden::Counts, &rule)?;
        }
        Ok(())
    }

    /// Adds what the tokens of the package's source lead to.
    fn collect_reached(&mut self, root: &Path) -> Result<(), SourceError> {
        let files = self.within.files;
        let package = self.package;
        let read = || -> Result<Kept, SourceError> { Ok(Arc::new(Reached::of(files, package)?)) };
        let kept = files.remembered(root, &read)?;
        // What is kept under a package was made by this function.
        let reached = match kept.downcast::<Reached>() {
            Ok(reached) => reached,
            Err(_) => Arc::new(Reached::of(files, package)?),
        };
        let Reached { roots, script, reach } = &*reached;
        let Reach { modules, test_only, named, documented, uncertain } = reach;
        self.content.documented.extend(documented.iter().cloned());
        for path in self.package.test_roots() {
            if !modules.contains(&path) && !roots.contains(&path) {
                self.content.excluded.insert(path, Excluded::TestTarget);
            }
        }
        let excluded = test_only.iter().map(|path| (path.clone(), Excluded::TestOnly));
        self.content.excluded.extend(excluded);
        for path in roots.iter().chain(script) {
            self.add(path, Hidden::Counts, &Rule::Target)?;
        }
        let src = root.join("src");
        for path in modules.iter().filter(|path| !path.starts_with(&src)) {
            self.add(path, Hidden::Counts, &Rule::Module)?;
        }
        for directory in uncertain {
            self.add(directory, Hidden::Out, &Rule::Uncertain)?;
        }
        for named in named {
            self.add_named(named.clone())?;
        }
        Ok(())
    }

    /// Adds what source names. A string of a build script counts only where it can be meant; what
    /// the compiler embeds and content cannot cover makes it unknown.
    fn add_named(&mut self, named: reach::Named) -> Result<(), SourceError> {
        let reach::Named { path, by, file, line, whole, guessed } = named;
        if path.components().any(|name| name.as_os_str() == ".git") {
            return Ok(());
        }
        let is_inside = self.within.top.is_none_or(|top| path.starts_with(top))
            || path.starts_with(self.package.root());
        let is_root = self.content.packages.iter().any(|covered| {
            covered.package.root() == path || covered.package.root().starts_with(&path)
        });
        if guessed {
            let is_package = is_root || self.within.files.is_file(&path.join("Cargo.toml"))?;
            if !is_inside || is_package || self.is_made(&path)? {
                return Ok(());
            }
        } else if !is_inside || is_root {
            let what = if is_inside {
                "embeds the directory of a package"
            } else {
                "leads out of the repository"
            };
            self.unknown(format!("{by} in {}:{line} {what}: `{}`", file.display(), path.display()));
            return Ok(());
        }
        // What is named is content, also among files that are not.
        self.content.excluded.remove(&path);
        let hidden = if whole { Hidden::Counts } else { Hidden::But };
        self.add(&path, hidden, &Rule::Named { by, file, line })
    }

    /// Whether a path lies in a directory that a build fills: one that says so itself by
    /// `CACHEDIR.TAG`, or `target` next to a manifest. Cargo writes no tag into a directory that was
    /// there before it, such as a cache mount.
    fn is_made(&self, path: &Path) -> Result<bool, SourceError> {
        let files = self.within.files;
        // A package that is verified in `target/package` is not made for that.
        for above in path.ancestors().take_while(|above| !self.package.root().starts_with(above)) {
            let is_target = above.file_name().is_some_and(|name| name == "target");
            if files.is_file(&above.join("CACHEDIR.TAG"))?
                || (is_target && files.is_file(&above.with_file_name("Cargo.toml"))?)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds a file, or what lies below a directory. What is not there could come to be.
    pub(super) fn add(
        &mut self,
        path: &Path,
        hidden: Hidden,
        rule: &Rule,
    ) -> Result<(), SourceError> {
        match self.within.files.kind(path)? {
            None => {
                self.content.absent.insert(path.to_owned());
                return Ok(());
            }
            Some(Kind::Directory) => {
                self.content.directories.insert(path.to_owned());
            }
            Some(_) => {}
        }
        for file in walk::below(self.within.files, path, hidden)? {
            // What source says by name outranks what is thought of files of its kind.
            let is_named = matches!(rule, Rule::Named { .. } | Rule::Also | Rule::Imported { .. });
            let is_whole = hidden == Hidden::Counts || file == path;
            let is_snapshot_of_named =
                self.content.excluded.get(&file) == Some(&Excluded::Snapshot);
            if is_named && (is_whole || is_snapshot_of_named) {
                self.content.excluded.remove(&file);
            }
            if self.content.excluded.contains_key(&file) && file != path {
                continue;
            }
            let below = file.strip_prefix(self.package.root()).unwrap_or(&file);
            if !is_named && is_snapshot(below) && !self.found.files.contains_key(&file) {
                self.content.excluded.insert(file, Excluded::Snapshot);
                continue;
            }
            self.add_one(&file, rule)?;
        }
        Ok(())
    }

    /// Adds a file, or what a link leads to, under its own name.
    fn add_one(&mut self, path: &Path, rule: &Rule) -> Result<(), SourceError> {
        if self.within.files.kind(path)? != Some(Kind::Link) {
            self.insert(path, path, rule);
            return Ok(());
        }
        let Some(target) = self.followed(path)? else { return Ok(()) };
        match self.within.files.kind(&target)? {
            Some(Kind::Directory) => {
                if path.starts_with(&target) {
                    self.unknown(format!("the link `{}` leads around in a circle", path.display()));
                    return Ok(());
                }
                self.content.directories.insert(target.clone());
                for below in walk::below(self.within.files, &target, Hidden::But)? {
                    let Ok(rest) = below.strip_prefix(&target) else { continue };
                    let bytes = match self.within.files.kind(&below)? {
                        Some(Kind::Link) => match self.followed(&below)? {
                            Some(bytes) if self.within.files.is_file(&bytes)? => bytes,
                            Some(_) => {
                                self.unknown(format!(
                                    "`{}` is a link in a directory that another link leads to",
                                    below.display()
                                ));
                                continue;
                            }
                            None => continue,
                        },
                        _ => below.clone(),
                    };
                    self.insert(&path.join(rest), &bytes, rule);
                }
            }
            _ => self.insert(path, &target, rule),
        }
        Ok(())
    }

    /// Where a link leads. `None` if that is outside of what can be vouched for, or nothing.
    fn followed(&mut self, path: &Path) -> Result<Option<PathBuf>, SourceError> {
        let mut at = path.to_owned();
        for _ in 0..MAX_LINKS {
            match self.within.files.kind(&at)? {
                Some(Kind::Link) => {}
                Some(_) => return Ok(Some(at)),
                None => {
                    // Nothing can be compiled from it, and something could come to be there.
                    self.content.absent.insert(at);
                    return Ok(None);
                }
            }
            let target = self.within.files.link(&at)?;
            let is_absolute = target.is_absolute();
            let next = normal(&at.parent().unwrap_or(Path::new("/")).join(target));
            let inside = match self.within.top {
                Some(top) => next.starts_with(top),
                None => !is_absolute,
            };
            if !inside {
                self.unknown(format!(
                    "the link `{}` leads out of the repository, to `{}`: replace it by what it \
                     leads to",
                    path.display(),
                    next.display()
                ));
                return Ok(None);
            }
            at = next;
        }
        self.unknown(format!("the link `{}` leads around in a circle", path.display()));
        Ok(None)
    }

    pub(super) fn unknown(&mut self, why: String) {
        self.content.unknown.get_or_insert(why);
    }

    fn insert(&mut self, path: &Path, bytes: &Path, rule: &Rule) {
        let entry = self.found.files.entry(path.to_owned()).or_insert_with(|| Entry {
            bytes: bytes.to_owned(),
            rule: rule.clone(),
            owners: BTreeSet::new(),
        });
        entry.owners.insert(self.index);
    }
}

/// What the tokens of a package's source lead to, and from where.
struct Reached {
    roots: Vec<PathBuf>,
    script: Option<PathBuf>,
    reach: Reach,
}

impl Reached {
    fn of(files: &dyn Files, package: &Package) -> Result<Self, SourceError> {
        // The manifest says which files are the roots.
        files.counts(&package.root().join("Cargo.toml"), true);
        let roots: Vec<PathBuf> = package.crate_roots(files)?.into_iter().collect();
        let script = package.script(files)?;
        let sources = walk::below(files, &package.root().join("src"), Hidden::Out)?;
        let sources: Vec<PathBuf> = sources
            .into_iter()
            .filter(|path| path.extension().is_some_and(|e| e == "rs"))
            .collect();
        let root = package.root();
        let reach = reach::of_package(files, root, &roots, script.as_deref(), &sources)?;
        Ok(Self { roots, script, reach })
    }
}

/// Whether a file is what a test compares with.
fn is_snapshot(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.ends_with(b".snap")
        || name.ends_with(b".snap.new")
        || path.components().any(|name| name.as_os_str() == "proptest-regressions")
}

/// The digest and the length of each file, by its number.
type Numbered = Vec<(usize, (Digest, u64))>;

/// Hashes each file, on as many threads as there are processors, four at most.
fn digests(
    within: &Context<'_>,
    entries: &[(&PathBuf, &Entry)],
) -> Result<Vec<(Digest, u64)>, SourceError> {
    /// Below this many files a thread costs more than it saves.
    const FILES_A_THREAD: usize = 32;

    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if within.files.is_parallel() {
        processors.min(4).min(entries.len() / FILES_A_THREAD + 1)
    } else {
        1
    };
    let next = AtomicUsize::new(0);
    let work = || -> Result<Numbered, SourceError> {
        let mut digests = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((_, entry)) = entries.get(index) else { return Ok(digests) };
            digests.push((index, within.files.digest(&entry.bytes)?));
        }
    };
    let mut digests = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut digests = work()?;
        for other in others {
            digests.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok::<_, SourceError>(digests)
    })?;
    digests.sort_unstable_by_key(|(index, _)| *index);
    Ok(digests.into_iter().map(|(_, digest)| digest).collect())
}
