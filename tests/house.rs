//! How the house is built: each crate uses what lies below it, and no modules of a crate import each
//! other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use selfsame_testing::package;
use walkdir::WalkDir;

/// Which modules of a crate each of them names, by their names at the crate's root.
fn imports(src: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let files: Vec<PathBuf> = WalkDir::new(src)
        .into_iter()
        .map(|entry| entry.expect("it can be read").into_path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    let module = |path: &Path| -> String {
        let below = path.strip_prefix(src).expect("it lies below").components().next();
        let name = below.expect("it has a name").as_os_str().to_str().expect("UTF-8");
        name.trim_end_matches(".rs").to_owned()
    };
    let modules: BTreeSet<String> = files.iter().map(|path| module(path)).collect();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in &files {
        let text = std::fs::read_to_string(path).expect("it can be read");
        // What a file's own tests name is not a part of the house.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text);
        let from = module(path);
        let at_root = path.parent() == Some(src);
        let mut after: Vec<&str> = text.split("crate::").skip(1).collect();
        if at_root {
            after.extend(text.split("super::").skip(1));
        }
        let names = after.into_iter().flat_map(|rest| {
            // `crate::{a::B, c::D}` and `crate::a::B`.
            let list = rest.strip_prefix('{').and_then(|list| list.split('}').next());
            list.map_or_else(|| vec![rest], |list| list.split(',').collect())
        });
        for name in names {
            let name = name.trim_start();
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            let to = &name[..end];
            let is_test = path.components().any(|part| part.as_os_str() == "tests")
                || path.ends_with("tests.rs");
            if modules.contains(to) && to != from && !is_test && from != "lib" {
                imports.entry(from.clone()).or_default().insert(to.to_owned());
            }
        }
    }
    imports
}

/// A path of imports from `at` back to `to`.
fn circle(
    imports: &BTreeMap<String, BTreeSet<String>>,
    at: &str,
    to: &str,
    seen: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    for next in imports.get(at)? {
        if next == to {
            return Some(vec![at.to_owned(), to.to_owned()]);
        }
        if seen.insert(next.clone())
            && let Some(mut rest) = circle(imports, next, to, seen)
        {
            rest.insert(0, at.to_owned());
            return Some(rest);
        }
    }
    None
}

#[test]
fn no_modules_of_a_crate_import_each_other_in_a_circle() {
    let crates = package().join("crates").read_dir().expect("there are crates");
    let crates = crates.map(|entry| entry.expect("it can be read").path());
    let mut edges = 0;
    for root in crates.chain([package().to_owned()]) {
        let imports = imports(&root.join("src"));
        edges += imports.values().map(BTreeSet::len).sum::<usize>();
        for module in imports.keys() {
            let found = circle(&imports, module, module, &mut BTreeSet::new());
            assert!(
                found.is_none(),
                "{}: {}",
                root.display(),
                found.unwrap_or_default().join(" → ")
            );
        }
    }
    assert!(edges > 100, "only {edges} imports were found");
}
