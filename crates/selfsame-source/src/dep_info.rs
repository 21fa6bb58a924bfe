//! The compiler's word: which files it read for an artifact.

mod lists;
mod scripts;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::files::read_limited;
use crate::error::SourceError;

/// The longest list of files that is read, in bytes.
const MAX_LIST: u64 = 64 << 20;

/// The files that the compiler read for an artifact, as cargo lists them beside it.
///
/// `target/debug/api.d` is a line of a makefile: the artifact, a colon, and every file of the
/// package and of its local dependencies that went into it. Paths that a build script watches stand
/// there too, so a directory in the list says nothing.
#[derive(Debug, Clone)]
pub struct Compiled {
    files: BTreeSet<PathBuf>,
    /// Those of which it cannot be told.
    doubtful: BTreeSet<PathBuf>,
    /// What build scripts say that they read, by the package whose script it is.
    inputs: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// The variables whose values were compiled in.
    variables: BTreeSet<String>,
}

impl Compiled {
    /// Reads the list beside `artifact`. `None` means that there is none, as for a binary that was
    /// copied away from where cargo built it.
    ///
    /// # Errors
    ///
    /// If the list cannot be read, or if it is that of another artifact or older than this one.
    pub fn beside(artifact: &Path) -> Result<Option<Self>, SourceError> {
        let path = artifact.with_extension("d");
        let Some(text) = read_limited(&path, MAX_LIST)? else { return Ok(None) };
        let refuse = |why: &str| {
            Err(SourceError::new(format!("`{}` {why}, and says nothing", path.display())))
        };
        let Some((target, mut files)) = parse(&text) else {
            return refuse("is not a list of files");
        };
        if target.file_name() != artifact.file_name() {
            return refuse("is that of another artifact");
        }
        let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
        match (modified(&path), modified(artifact)) {
            // Cargo writes the list after the artifact.
            (Ok(list), Ok(artifact)) if list >= artifact => {}
            _ => return refuse("is older than the artifact"),
        }
        match lists::settle(artifact, &mut files)? {
            Some(settled) => {
                let lists::Settled { doubtful, variables } = settled;
                Ok(Some(Self { files, doubtful, inputs: scripts::inputs(artifact), variables }))
            }
            None => refuse("has no list of rustc's own beside it, in `deps`"),
        }
    }

    /// All files that were read, by the compiler or as the build scripts of the packages in `roots`
    /// say of themselves: absolute, without what a build script wrote and without what is not there
    /// any more.
    pub fn files(&self, roots: &[&Path]) -> impl Iterator<Item = PathBuf> + '_ {
        let inputs = roots.iter().filter_map(|root| self.inputs.get(*root)).flatten();
        let resolved = self.files.iter().chain(inputs).filter_map(|file| {
            let file = super::normal(file);
            let is_generated = file.components().any(|part| part.as_os_str() == "out")
                && file.components().any(|part| part.as_os_str() == "build");
            let is_git = file.components().any(|part| part.as_os_str() == ".git");
            (!is_generated && !is_git && file.is_absolute() && file.is_file()).then_some(file)
        });
        resolved.collect::<BTreeSet<_>>().into_iter()
    }

    /// The environment variables whose values the code has, but for those that cargo and this
    /// project set.
    #[must_use]
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.variables
    }

    /// The files of the package in `root`, relative to it and with `/`. Those of packages below it
    /// and those that a build script wrote are left out.
    pub fn of_package<'a>(&'a self, root: &'a Path) -> impl Iterator<Item = String> + 'a {
        self.files.iter().filter_map(move |file| below_package(file, root))
    }

    /// Whether the list names a file below `root` at all, so that it speaks of this checkout.
    #[must_use]
    pub fn speaks_of(&self, root: &Path) -> bool {
        self.of_package(root).any(|file| has_extension(&file, "rs"))
    }

    /// Whether a Rust file of the module at `path`, relative to the package in `root`, was compiled.
    /// `None` means that it cannot be told.
    #[must_use]
    pub fn holds_module(&self, root: &Path, path: &str) -> Option<bool> {
        let file = format!("{path}.rs");
        let below = format!("{path}/");
        let is_of_it = |name: &String| {
            *name == file || (name.starts_with(&below) && has_extension(name, "rs"))
        };
        if self.of_package(root).any(|name| is_of_it(&name)) {
            return Some(true);
        }
        let mut doubtful = self.doubtful.iter().filter_map(|file| below_package(file, root));
        if doubtful.any(|name| is_of_it(&name)) { None } else { Some(false) }
    }
}

/// The path of `file` relative to the package in `root`, with `/`, if it is a file of the package.
fn below_package(file: &Path, root: &Path) -> Option<String> {
    let below = file.strip_prefix(root).ok()?;
    let generated = below.components().any(|part| part.as_os_str() == "out")
        && below.components().any(|part| part.as_os_str() == "build");
    let of_another = below
        .ancestors()
        .skip(1)
        .filter(|above| *above != Path::new(""))
        .any(|above| root.join(above).join("Cargo.toml").is_file());
    let hidden = below.starts_with(".git");
    let counts = !generated && !of_another && !hidden && file.is_file();
    counts.then(|| below.to_str().map(|below| below.replace('\\', "/")))?
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == extension)
}

/// Reads the first rule of a makefile: the target and the files behind the colon, with a backslash
/// before each space within a name.
fn parse(text: &str) -> Option<(PathBuf, BTreeSet<PathBuf>)> {
    let rule = text.lines().next()?;
    let mut words = Vec::new();
    let mut word = String::new();
    let mut characters = rule.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.peek() == Some(&' ') => word.extend(characters.next()),
            ' ' => words.push(std::mem::take(&mut word)),
            character => word.push(character),
        }
    }
    words.push(word);
    let mut words = words.into_iter().filter(|word| !word.is_empty());
    let target = words.next()?.strip_suffix(':')?.into();
    Some((target, words.map(PathBuf::from).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_its_escapes() {
        let (target, files) =
            parse("/t/my\\ api: /p/src/a\\ b.rs /p/src/c\\d.rs\n\nrest:\n").unwrap();
        assert_eq!(target, Path::new("/t/my api"));
        let files: Vec<_> = files.iter().map(|file| file.to_str().unwrap()).collect();
        assert_eq!(files, ["/p/src/a b.rs", "/p/src/c\\d.rs"]);
        assert!(parse("").is_none());
        assert!(parse("no rule").is_none());
    }
}
