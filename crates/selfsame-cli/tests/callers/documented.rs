//! `deploy/README.md` shows what the files beside it say, and leaves none of them out.

use std::collections::BTreeSet;
use std::path::Path;

use crate::process::deployed;

/// Each fenced block with the file that the text before it links to last.
fn blocks(text: &str) -> Vec<(Option<String>, String)> {
    let mut blocks = Vec::new();
    let mut linked = None;
    let mut block: Option<String> = None;
    for line in text.lines() {
        match (&mut block, line.starts_with("```")) {
            (None, true) => block = Some(String::new()),
            (Some(lines), true) => {
                blocks.push((linked.take(), std::mem::take(lines)));
                block = None;
            }
            (Some(lines), false) => lines.extend([line, "\n"]),
            (None, false) => linked = links(line).pop().or(linked),
        }
    }
    blocks
}

/// The files that a line links to, within `deploy/`.
fn links(line: &str) -> Vec<String> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.starts_with("..")).map(str::to_owned).collect()
}

fn files(directory: &Path, below: &Path, found: &mut BTreeSet<String>) {
    for entry in directory.read_dir().expect("it can be read") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            files(&path, below, found);
        } else {
            let path = path.strip_prefix(below).expect("it lies below");
            found.insert(path.to_str().expect("the path is UTF-8").to_owned());
        }
    }
}

#[test]
fn what_the_readme_shows_stands_in_the_files() {
    let text = std::fs::read_to_string(deployed("README.md")).expect("it is there");
    let mut shown = 0;
    for (file, block) in blocks(&text) {
        // What a person types stands in no file.
        if block.starts_with("selfsame ") {
            continue;
        }
        let file = file.unwrap_or_else(|| panic!("no file is named for\n{block}"));
        let whole = std::fs::read_to_string(deployed(&file)).expect("the file is there");
        assert!(whole.contains(&block), "`{file}` does not hold\n{block}");
        shown += 1;
    }
    assert!(shown >= 6, "only {shown} blocks were found");
}

#[test]
fn the_readme_names_every_file() {
    let text = std::fs::read_to_string(deployed("README.md")).expect("it is there");
    let named: BTreeSet<String> = text.lines().flat_map(links).collect();
    let mut there = BTreeSet::new();
    files(&deployed(""), &deployed(""), &mut there);
    there.remove("README.md");
    let unnamed: Vec<_> = there.difference(&named).collect();
    assert!(unnamed.is_empty(), "not named: {unnamed:?}");
    let gone: Vec<_> = named.difference(&there).collect();
    assert!(gone.is_empty(), "named and not there: {gone:?}");
}
