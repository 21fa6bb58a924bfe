//! `selfsame stamp`: the stamp of a directory of built files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use selfsame_core::environment::Environment;
use selfsame_core::stamp::{Facts, STAMP_FILE, Stamp};
use selfsame_core::tree;
use selfsame_source::{Content, Package, Scope, Untracked};

use crate::args;
use crate::error::Failure;
use crate::output::{self, Exit, plain};
use crate::source::scratch;

pub(crate) fn run(arguments: &args::Stamp) -> Result<Exit, Failure> {
    let directory = resolved(&arguments.directory)?;
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => beside(&directory),
    };
    refuse_to_list_itself(&directory, &output)?;
    let stamp = stamp(&directory, arguments)?;
    write(&output, &format!("{}\n", stamp.text())).map_err(|error| {
        Failure::new(format!("cannot write the stamp `{}`: {error}", output.display()))
    })?;
    for (fact, reason) in &stamp.facts().unknown {
        output::warn(&format!("{fact} is unknown: {reason}"));
    }
    let entries = tree::list_shipped(&directory)?;
    let mut links = entries.iter().filter(|entry| entry.kind == tree::Kind::Link);
    if let Some(first) = links.next() {
        output::warn(&format!(
            "links are not listed, and what is served for them is not checked: `{}`, and {} more",
            first.path.display(),
            links.count()
        ));
    }
    output::print(&told(&stamp, &output))?;
    Ok(Exit::Same)
}

/// Writes a file in the place of what is there. A link there is replaced, not followed: in a
/// stranger's repository it may lead to any file. Other than files, as a pipe, are written to.
fn write(output: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;

    if output.metadata().is_ok_and(|there| !there.is_file()) {
        return std::fs::write(output, text);
    }
    let directory = match output.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".selfsame-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any file: the process's mask takes away of it.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.persist(output)?;
    Ok(())
}

fn stamp(directory: &Path, arguments: &args::Stamp) -> Result<Stamp, Failure> {
    let above = || directory.parent().map(Path::to_owned);
    let root = match &arguments.source {
        Some(source) => resolved(source)?,
        None => {
            above().ok_or_else(|| Failure::new("the root of the disk is built from nothing"))?
        }
    };
    let mut package = Package::built(&root)?;
    if let Some(name) = &arguments.name {
        package = package.named(name);
    }

    let mut facts = Facts::new(package.name(), package.version());
    let mut scope = Scope::default();
    let below = directory.strip_prefix(&root).ok().filter(|below| *below != Path::new(""));
    let path = match below {
        Some(below) => below.to_owned(),
        None if directory == root => {
            return Err(Failure::new(format!(
                "`{}` is the source of the files and the files themselves: name another --source",
                root.display()
            )));
        }
        None => selfsame_source::relative_path(&root, directory),
    };
    scope.ship(&path, None, None)?;
    facts.shipped = selfsame_source::shipped(&package, &scope.shipped);
    if let Some(why) = facts.shipped.iter().find_map(|shipped| shipped.unknown.as_ref()) {
        return Err(Failure::new(why.clone()));
    }
    let index = scratch()?;
    let environment = Environment::of_process();
    let index = index.path().join("index");
    let time = arguments.git.time();
    let survey =
        selfsame_source::survey(&package, &environment, time, None, &index, &mut Untracked)?;
    refuse_older(&survey.content, directory)?;
    match survey.content.digest() {
        Ok(digest) => facts.content = Some(digest),
        Err(why) => facts.unknown("content", why),
    }
    survey.revision.write(&mut facts);
    Stamp::seal(facts).map_err(|error| Failure::new(error.to_string()))
}

/// Files that were built before their source changed are not what source says, and a stamp that is
/// written now would say so. Times are all that tells.
fn refuse_older(content: &Content, directory: &Path) -> Result<(), Failure> {
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let built = tree::list_shipped(directory)?;
    let newest = built.iter().filter_map(|entry| modified(&entry.path)).max();
    let sources = content.entries().filter_map(|(_, line)| line.path.as_deref());
    let changed = sources.filter_map(|path| Some((modified(path)?, path))).max();
    let root = content.packages()[0].package.root();
    match (changed, newest) {
        (Some((changed, path)), Some(newest)) if changed > newest => Err(Failure::new(format!(
            "`{}` is newer than every file in `{}`, which was built from something older; help: \
             build the files again, then stamp them",
            path.strip_prefix(root).unwrap_or(path).display(),
            directory.display()
        ))),
        _ => Ok(()),
    }
}

fn told(stamp: &Stamp, output: &Path) -> String {
    let files: u64 = stamp.facts().shipped.iter().map(|shipped| shipped.files).sum();
    let commit = match &stamp.facts().commit {
        Some(commit) => format!("commit {}", commit.short()),
        None => "commit unknown".to_owned(),
    };
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {} {}, {commit}, {files} file{}",
        plain(&output.display().to_string()),
        plain(&stamp.facts().name),
        plain(&stamp.facts().version),
        if files == 1 { "" } else { "s" },
    );
    text
}

/// The stamp file beside a directory, where the process that ships it looks.
fn beside(directory: &Path) -> PathBuf {
    let mut path = directory.as_os_str().to_owned();
    path.push(STAMP_FILE);
    path.into()
}

fn resolved(directory: &Path) -> Result<PathBuf, Failure> {
    let fail = |error: &dyn std::fmt::Display| {
        Failure::new(format!("`{}` is not a directory of files: {error}", directory.display()))
    };
    let resolved = directory.canonicalize().map_err(|error| fail(&error))?;
    if resolved.is_dir() { Ok(resolved) } else { Err(fail(&"build it first, and name it")) }
}

/// A stamp among the files that it lists would change them. The one place for it is `__build`, which
/// does not count.
fn refuse_to_list_itself(directory: &Path, output: &Path) -> Result<(), Failure> {
    let parent = match output.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let parent = parent.canonicalize().map_err(|error| {
        Failure::new(format!("cannot write the stamp `{}`: {error}", output.display()))
    })?;
    let is_build = parent == directory && output.file_name().is_some_and(|name| name == "__build");
    if parent.starts_with(directory) && !is_build {
        return Err(Failure::new(format!(
            "the stamp `{}` would be one of the files that it lists: write it beside the \
             directory, or to `{}`",
            output.display(),
            directory.join("__build").display()
        )));
    }
    Ok(())
}
