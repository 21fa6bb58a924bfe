//! `selfsame hash`: what source says.

use std::fmt::Write as _;
use std::path::Path;

use selfsame_core::metrics;
use selfsame_core::stamp;
use serde_json::json;

use crate::args::Hash;
use crate::error::Failure;
use crate::output::{self, Exit, plain};
use crate::source::Source;

pub(crate) fn run(arguments: &Hash) -> Result<Exit, Failure> {
    if let Some(directory) = &arguments.tree {
        return tree(directory, arguments.json);
    }
    let time = arguments.git.time();
    let mut source = match &arguments.commit {
        Some(revision) => Source::at_revision(&arguments.source, revision, time)?,
        None => Source::of_tree(&arguments.source, time)?,
    };
    let facts = source.facts(&stamp::Scope::default());
    let package = source.package.as_ref().ok_or_else(|| {
        Failure::new(facts.no_content.clone().unwrap_or_else(|| "there is no source".to_owned()))
    })?;
    let content = facts.expected.content.ok_or_else(|| {
        Failure::new(facts.no_content.unwrap_or_else(|| "the content is unknown".to_owned()))
    })?;
    if let (true, Some(content)) = (arguments.list, &facts.content) {
        output::print_bytes(content.lines().as_bytes())?;
        return Ok(Exit::Same);
    }
    let modules = facts.modules.map_err(Failure::new)?;
    let text = if arguments.metrics {
        // A commit with changes on top is not that commit.
        let clean = facts.changed.as_ref().is_ok_and(Vec::is_empty);
        let commit = source.commit.as_ref().ok().filter(|_| clean);
        metrics::expected(package.name(), commit, content, &modules)
    } else if arguments.json {
        let mut json = json!({
            "name": package.name(),
            "version": package.version(),
            "content": content,
            "modules": modules,
            "packages": facts.content.as_ref().map(|content| content.package_contents()),
        });
        // As everywhere: what is unknown is absent, and its reason stands under `unknown`.
        match &source.commit {
            Ok(commit) => json["commit"] = json!(commit),
            Err(reason) => json["unknown"]["commit"] = json!(reason),
        }
        match &facts.changed {
            Ok(changes) => json["changed"] = json!(changes),
            Err(reason) => json["unknown"]["changed"] = json!(reason),
        }
        output::plain_json(&json.to_string()) + "\n"
    } else {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "{name:<12} {}", plain(value));
        };
        line("service", &format!("{} {}", package.name(), package.version()));
        match &source.commit {
            Ok(commit) => line("commit", commit.as_str()),
            Err(reason) => line("commit", &format!("unknown: {reason}")),
        }
        line("content", &content.to_string());
        for package in facts.content.iter().flat_map(|content| content.package_contents()) {
            line("package", &format!("{} {} {}", package.sha256, package.name, package.path));
        }
        for module in &modules {
            line("module", &format!("{} {}", module.sha256, module.path));
        }
        match &facts.changed {
            Ok(changes) => changes.iter().for_each(|change| line("changed", change)),
            Err(reason) => line("changed", &format!("unknown: {reason}")),
        }
        text
    };
    output::print(&text)?;
    Ok(Exit::Same)
}

fn tree(directory: &Path, as_json: bool) -> Result<Exit, Failure> {
    if !directory.is_dir() {
        return Err(Failure::new(format!("`{}` is not a directory", directory.display())));
    }
    let hash = selfsame_core::tree::hash(directory)?;
    let text = if as_json {
        json!({ "sha256": hash.sha256, "files": hash.files, "bytes": hash.bytes }).to_string()
    } else {
        // As `sha256sum` prints it, for `diff` with the coreutils line.
        format!("{}  -", hash.sha256)
    };
    output::print(&(text + "\n"))?;
    Ok(Exit::Same)
}
