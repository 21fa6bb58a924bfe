//! `selfsame stamp`: the stamp of a directory of built files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use selfsame::environment::Environment;
use selfsame::source::{self, Content, Package, Subject, Unwatched};
use selfsame::stamp::{Facts, Scope, Stamp};
use selfsame::tree;

use crate::args;
use crate::failure::Failure;
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
    for (fact, reason) in &stamp.unknown {
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
    let mut scope = Scope::default();
    for path in &arguments.also {
        scope.also.insert(source::spelled(path, true)?);
    }

    let mut facts = Facts::new(package.name(), package.version());
    let path = source::way(&root, directory).ok_or_else(|| {
        Failure::new(format!(
            "`{}` is the source of the files and the files themselves: name another --source",
            root.display()
        ))
    })?;
    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
    facts.shipped = source::shipped(&package, &[(name, path.clone(), path)]);
    if let Some(why) = facts.shipped.iter().find_map(|shipped| shipped.unknown.as_ref()) {
        return Err(Failure::new(why.clone()));
    }
    let content = Content::of(&package, &scope)?;
    match content.digest() {
        Ok(digest) => facts.content = Some(digest),
        Err(error) => facts.unknown("content", error.to_string()),
    }
    facts.scope = scope;
    let subject = Subject { package: &package, content: &content, others: &[] };
    let index = scratch()?;
    let environment = Environment::of_process();
    source::find_revision(&subject, &environment, &index.path().join("index"), &mut Unwatched)?
        .write(&mut facts);
    Stamp::seal(facts).map_err(|error| Failure::new(error.to_string()))
}

fn told(stamp: &Stamp, output: &Path) -> String {
    let files: u64 = stamp.shipped.iter().map(|shipped| shipped.files).sum();
    let commit = match &stamp.commit {
        Some(commit) => format!("commit {}", commit.short()),
        None => "commit unknown".to_owned(),
    };
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {} {}, {commit}, {files} file{}",
        plain(&output.display().to_string()),
        plain(&stamp.name),
        plain(&stamp.version),
        if files == 1 { "" } else { "s" },
    );
    text
}

/// The stamp file beside a directory, where the process that ships it looks.
fn beside(directory: &Path) -> PathBuf {
    let mut path = directory.as_os_str().to_owned();
    path.push(".selfsame.json");
    path.into()
}

fn resolved(directory: &Path) -> Result<PathBuf, Failure> {
    let fail = |error: &dyn std::fmt::Display| {
        Failure::new(format!("`{}` is no directory of files: {error}", directory.display()))
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
