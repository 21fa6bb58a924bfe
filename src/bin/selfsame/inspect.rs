//! `selfsame inspect`: the stamps in a binary.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use selfsame::stamp::{Found, Scanner, Stamp};

use crate::args::Inspect;
use crate::failure::Failure;
use crate::output::{self, Exit, plain};

pub(crate) fn run(arguments: &Inspect) -> Result<Exit, Failure> {
    let found = stamps(&arguments.file)?;
    if found.is_empty() {
        return Err(no_stamp(&arguments.file));
    }
    let mut text = String::new();
    for found in &found {
        if arguments.json {
            text.push_str(found.stamp.text());
            text.push('\n');
        } else {
            describe(&mut text, found);
        }
    }
    output::print(&text)?;
    Ok(Exit::Same)
}

/// Reads the stamps in a file of any kind.
pub(crate) fn stamps(path: &Path) -> Result<Vec<Found>, Failure> {
    let fail = |verb: &str, error: &dyn std::fmt::Display| {
        Failure::new(format!("cannot {verb} `{}`: {error}", path.display()))
    };
    // A FIFO would block, and a directory read nothing.
    let metadata = path.metadata().map_err(|error| fail("open", &error))?;
    if !metadata.is_file() {
        return Err(fail("inspect", &"it is no regular file; name a binary"));
    }
    let mut file = File::open(path).map_err(|error| fail("open", &error))?;
    let mut scanner = Scanner::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => scanner.push(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(fail("read", &error)),
        }
    }
    scanner.finish().map_err(|error| {
        Failure::new(format!("a stamp in `{}` is damaged: {error}; build it again", path.display()))
    })
}

pub(crate) fn no_stamp(path: &Path) -> Failure {
    Failure::new(format!(
        "`{}` has no stamp: is it the right file? The build script has to call `selfsame::build::Stamper::new().emit()`, \
         and the code `selfsame::stamp!()`",
        path.display()
    ))
}

fn describe(text: &mut String, found: &Found) {
    let stamp: &Stamp = &found.stamp;
    let unknown = |fact: &str| {
        let reason = stamp.unknown.get(fact).map_or("no reason", String::as_str);
        format!("unknown: {}", plain(reason))
    };
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(text, "{name:<12} {value}");
    };
    line("package", &plain(&format!("{} {}", stamp.name, stamp.version)));
    match &stamp.commit {
        Some(commit) => line("commit", &plain(&format!("{commit} ({})", stamp.revision.origin))),
        None => line("commit", &unknown("commit")),
    }
    match stamp.revision.tree {
        selfsame::stamp::Tree::Unknown => line("tree", &unknown("tree")),
        tree => line("tree", &tree),
    }
    match &stamp.content {
        Some(content) => line("content", content),
        None => line("content", &unknown("content")),
    }
    line("fingerprint", &stamp.fingerprint());
    let build = &stamp.build;
    let or_unknown = |fact: &Option<String>| fact.as_deref().unwrap_or("unknown").to_owned();
    line(
        "build",
        &plain(&format!(
            "{}, {}, rustc {}",
            or_unknown(&build.profile),
            or_unknown(&build.target),
            or_unknown(&build.rustc)
        )),
    );
    for module in &stamp.modules {
        line("module", &format!("{} {}", module.sha256, plain(&module.path)));
    }
    for name in &stamp.unstamped {
        line("unstamped", &plain(name));
    }
    for change in &stamp.info.changed {
        line("changed", &plain(change));
    }
    if found.copies > 1 {
        line("copies", &found.copies);
    }
    text.push('\n');
}
