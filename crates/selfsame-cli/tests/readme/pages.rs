//! What stands on the pages agrees: links, the index, outputs and numbers.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use selfsame_testing::package;
use selfsame_testing::requirements::have;

use crate::PAGES;
use crate::markdown::{block, blocks, commands, read};

/// The pages in `docs/`.
fn pages() -> BTreeSet<String> {
    let entries = package().join("docs").read_dir().expect("there are pages");
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    let names = names.map(|name| name.into_string().expect("the name is UTF-8"));
    let pages: BTreeSet<String> = names
        .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    assert!(pages.len() > 10, "{pages:?}");
    pages
}

/// All texts for readers at the root and in `docs/`.
fn texts() -> BTreeSet<String> {
    let roots =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "FORMAT.md", "SECURITY.md", "SKILL.md"];
    let mut texts = pages();
    texts.extend(roots.map(str::to_owned));
    texts.extend(["deploy/README.md", "examples/compose/README.md"].map(str::to_owned));
    texts
}

/// The text without fenced blocks.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// What the links of a text lead to, but for addresses.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://")).map(str::to_owned).collect()
}

/// The anchors of a text's headings, as forges make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let words = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    };
    headings.map(anchor).collect()
}

/// A path relative to a page, from the root of the repository.
fn resolved(page: &str, target: &str) -> PathBuf {
    let mut path = PathBuf::from(page).parent().expect("a page is a file").to_owned();
    for component in Path::new(target).components() {
        match component {
            Component::ParentDir => assert!(path.pop(), "{page}: `{target}` leads out"),
            component => path.push(component),
        }
    }
    path
}

#[test]
fn every_link_leads_somewhere() {
    let mut seen = 0;
    for page in texts() {
        for link in links(&read(&page)) {
            let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let path =
                if target.is_empty() { PathBuf::from(&page) } else { resolved(&page, target) };
            assert!(package().join(&path).exists(), "{page} links to `{link}`");
            if !anchor.is_empty() {
                let there = anchors(&read(path.to_str().expect("the path is UTF-8")));
                assert!(there.contains(anchor), "{page} links to `{link}`: there is {there:?}");
            }
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} links were found");
}

#[test]
fn the_readme_and_the_crate_list_every_page() {
    let linked: BTreeSet<String> = links(&read("README.md")).into_iter().collect();
    let library = read("src/lib.rs");
    for page in pages() {
        assert!(linked.contains(&page), "README.md does not link to {page}");
        assert!(library.contains(&format!("`{page}`")), "src/lib.rs does not name {page}");
    }
    for word in library.split('`').filter(|word| word.starts_with("docs/")) {
        assert!(package().join(word).is_file(), "src/lib.rs names {word}");
    }
}

#[test]
fn every_command_of_a_page_is_run() {
    let with_commands: BTreeSet<String> = texts()
        .into_iter()
        .filter(|page| {
            let text = read(page);
            blocks(&text).iter().any(|block| block.is_run() && !commands(block.text).is_empty())
        })
        .collect();
    let run: BTreeSet<String> = PAGES.iter().map(|(page, _)| (*page).to_owned()).collect();
    assert_eq!(with_commands, run);
}

/// What is not run (a daemon, a registry or a server of somebody's own) is at least a script.
#[test]
fn every_script_can_be_parsed() {
    if !have("sh") {
        return;
    }
    for page in texts() {
        let text = read(&page);
        for block in blocks(&text).iter().filter(|block| block.language == "sh") {
            let status = Command::new("sh")
                .args(["-n", "-c", block.text])
                .stdin(Stdio::null())
                .status()
                .expect("sh runs");
            assert!(status.success(), "{page}: no script:\n{}", block.text);
        }
    }
}

/// The tests of the drift matrix write what is there.
#[test]
fn the_ladder_of_the_readme_is_one_of_the_drift_matrix() {
    let readme = read("README.md");
    let ladder = block(&blocks(&readme), "text", "$ selfsame check").to_owned();
    assert!(read("docs/drift.md").contains(&ladder), "the drift matrix has no\n{ladder}");
}

#[test]
fn the_costs_of_the_readme_are_those_of_the_cost_page() {
    let readme = read("README.md");
    let (_, section) = readme.split_once("\n## Cost\n").expect("there are costs");
    let (section, _) = section.split_once("\n## ").expect("the section ends");
    let page = read("crates/selfsame-build/src/cost.md");
    let numbers = |text: &str| -> Vec<String> {
        let tokens = text.split(|c: char| !c.is_ascii_digit() && c != '.');
        let tokens = tokens.map(|token| token.trim_matches('.')).filter(|token| !token.is_empty());
        tokens.map(str::to_owned).collect()
    };
    let there: BTreeSet<String> = numbers(&page).into_iter().collect();
    let mut shown = 0;
    for row in section.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        for number in [numbers(cells[1]), numbers(cells[2])].concat() {
            assert!(there.contains(&number), "{number} of {row:?} is not on the cost page");
            shown += 1;
        }
        let command = cells[3].trim_matches('`').trim_start_matches("… ");
        assert!(page.contains(command), "`{command}` is not on the cost page");
    }
    assert!(shown > 10, "only {shown} numbers were found");
}

/// The code on these pages is that of examples and of doc tests, which are compiled and run.
#[test]
fn the_code_of_the_pages_is_that_of_the_examples() {
    for (page, least) in [("docs/frameworks.md", 6), ("docs/configuration.md", 3)] {
        let text = read(page);
        let blocks = blocks(&text);
        let rust = blocks.iter().filter(|block| block.language == "rust");
        let shown: Vec<(&str, &str)> =
            rust.filter_map(|block| block.text.strip_prefix("// ")?.split_once('\n')).collect();
        assert!(shown.len() >= least, "{page}: {shown:?}");
        for (file, code) in shown {
            let there = read(file).replace("    /// ", "");
            assert!(there.contains(code), "{page}: `{file}` has other code:\n{code}");
        }
    }
}
