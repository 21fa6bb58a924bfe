//! `selfsame why`: why a file is content, or why it is not.

use std::path::{Path, PathBuf};

use selfsame_source::{Content, Package, Rule};
use serde_json::json;

use crate::args::Why;
use crate::error::Failure;
use crate::output::{self, Exit, plain};
use crate::source::Source;

/// What is said of one file.
struct Answer {
    path: PathBuf,
    is_content: bool,
    package: Option<String>,
    why: String,
}

pub(crate) fn run(arguments: &Why) -> Result<Exit, Failure> {
    let mut source = Source::of_tree(&arguments.source, arguments.git.time())?;
    let content = source.content().map_err(Failure::new)?;
    let mut answers = Vec::new();
    if arguments.all {
        answers.extend(content.entries().map(|(name, line)| {
            let path = content.file_of(name);
            let owner = content.owner(line).map(|covered| covered.package.name().to_owned());
            Answer { path, is_content: true, package: owner, why: line.rule.to_string() }
        }));
        answers.extend(content.exclusions().map(|(path, why)| Answer {
            path: path.to_owned(),
            is_content: false,
            package: None,
            why: why.to_string(),
        }));
    }
    for path in &arguments.paths {
        let absolute = std::path::absolute(path)
            .map_err(|error| Failure::new(format!("`{}`: {error}", path.display())))?;
        // Links on the way are resolved, and the file itself is meant.
        let resolved = absolute
            .parent()
            .zip(absolute.file_name())
            .and_then(|(parent, name)| parent.canonicalize().ok().map(|parent| parent.join(name)));
        let path = resolved.unwrap_or(absolute);
        if path.is_dir() {
            let below = content.entries().filter_map(|(name, _)| {
                let file = content.file_of(name);
                file.starts_with(&path).then_some(file)
            });
            let outside = content.exclusions().map(|(file, _)| file.to_owned());
            let mut files: Vec<PathBuf> =
                below.chain(outside.filter(|file| file.starts_with(&path))).collect();
            files.sort_unstable();
            files.dedup();
            if files.is_empty() {
                answers.push(answer(&content, &path));
            }
            answers.extend(files.iter().map(|file| answer(&content, file)));
        } else {
            answers.push(answer(&content, &path));
        }
    }
    output::print(&text(&answers, arguments.json))?;
    Ok(Exit::Same)
}

fn answer(content: &Content, path: &Path) -> Answer {
    let found = content.entries().find(|(name, _)| content.file_of(name) == path);
    if let Some((_, line)) = found {
        let package = content.owner(line).map(|covered| covered.package.name().to_owned());
        let path = path.to_owned();
        return Answer { path, is_content: true, package, why: line.rule.to_string() };
    }
    let covered = content
        .packages()
        .iter()
        .filter(|covered| path.starts_with(covered.package.root()))
        .max_by_key(|covered| covered.package.root().components().count());
    let nearest = nearest(path);
    // A package below a covered one is one of its own.
    let covered = covered.filter(|covered| {
        nearest.as_ref().is_none_or(|nearest| covered.package.root().starts_with(nearest.root()))
    });
    let why = match (content.excluded(path), covered, &nearest) {
        (Some(why), _, _) => why.to_string(),
        _ if path.symlink_metadata().is_err() => "there is no such file".to_owned(),
        (None, Some(_), _) => {
            "no rule covers it: name it by `also` in [package.metadata.selfsame] if a build reads it"
                .to_owned()
        }
        (None, None, Some(package)) if is_vendored(content, package) => format!(
            "the checksums of the vendored package `{}` list it, and they are content",
            package.name()
        ),
        (None, None, Some(package)) => format!(
            "the package `{}` goes into no build of this one, as a normal or a build dependency",
            package.name()
        ),
        (None, None, None) => "it lies in no package that goes into the build".to_owned(),
    };
    let package = covered.map(|covered| covered.package.name().to_owned());
    Answer { path: path.to_owned(), is_content: false, package, why }
}

/// Whether the build takes a package from a directory that holds it with its checksums.
fn is_vendored(content: &Content, package: &Package) -> bool {
    content.entries().any(|(name, line)| {
        line.rule == Rule::Vendored && content.file_of(name).starts_with(package.root())
    })
}

/// The package that a file lies in.
fn nearest(path: &Path) -> Option<Package> {
    path.ancestors().skip(1).find_map(|directory| Package::open(directory).ok())
}

fn text(answers: &[Answer], is_json: bool) -> String {
    let lines = answers.iter().map(|answer| {
        let Answer { path, is_content, package, why } = answer;
        let path = path.display().to_string();
        if is_json {
            let json = json!({
                "path": path,
                "content": is_content,
                "package": package,
                "why": why,
            });
            return output::plain_json(&json.to_string()) + "\n";
        }
        let what = if *is_content { "content" } else { "not content" };
        let of = package.as_ref().map_or(String::new(), |name| format!(" of `{name}`"));
        plain(&format!("{path}: {what}{of}, {why}")) + "\n"
    });
    lines.collect()
}
