//! How long it takes without optimisation. Printed, never required: run with `--nocapture`.

use std::fmt::Write as _;
use std::time::Instant;

use super::*;

const PACKAGES: usize = 30;
const MODULES: usize = 24;

/// A source file of about four kilobytes, as services have them.
fn module(index: usize) -> String {
    let mut text = format!(
        "//! Handlers of resource {index}: see `include_str!` in the book.\n\nuse std::sync::Arc;\n\nuse serde::{{Deserialize, Serialize}};\nuse tracing::info;\n\n"
    );
    for item in 0..5 {
        write!(
            text,
            "/// One order of kind {item}, as it is stored.\n#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]\n\
             #[serde(rename_all = \"camelCase\", deny_unknown_fields)]\npub struct Order{item} {{\n    pub id: u64,\n    \
             #[serde(default)]\n    pub name: String,\n    pub lines: Vec<(u32, String)>,\n}}\n\n\
             impl Order{item} {{\n    /// Changes the mode of the model.\n    pub async fn update(&self, state: &Arc<State>) -> Result<Self, Error> {{\n        \
             let Some(found) = state.orders.get(&self.id).await? else {{\n            \
             return Err(Error::missing(format!(\"order {{}} of kind {item}\", self.id)));\n        }};\n        \
             info!(id = self.id, kind = {item}, \"updated\");\n        if self.lines.is_empty() || !found.lines.is_empty() {{\n            \
             tracing::warn!(\"nothing changes # for {{:?}}\", found);\n        }}\n        // The lines are sorted, so that two of one kind are found.\n        \
             let lines = found.lines.iter().chain(&self.lines).map(|(a, b)| (*a, b.clone())).collect();\n        \
             Ok(Self {{ lines, ..found.clone() }})\n    }}\n}}\n\n"
        )
        .expect("a string takes all");
    }
    text.push_str("#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn an_order_is_kept() {\n        assert_eq!(Order0::default(), Order0::default());\n    }\n}\n");
    text
}

fn package() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut root = "//! A service.\n#![forbid(unsafe_code)]\n\n".to_owned();
    for index in 0..MODULES {
        let name = format!("m{index}");
        writeln!(root, "mod {name};").expect("a string takes all");
        let mut text = module(index);
        // Of ten modules three have a directory, one has its tests in it, and one embeds a file.
        if index % 10 < 3 {
            text.insert_str(0, "mod deep;\n");
            files.push((format!("src/{name}/deep.rs"), module(index + 1000)));
        }
        if index % 10 == 0 {
            text.push_str("#[cfg(test)]\nmod checks;\n");
            files.push((format!("src/{name}/checks.rs"), module(index + 2000)));
        }
        if index % 10 == 5 {
            text.push_str("pub const SQL: &str = include_str!(\"query.sql\");\n");
        }
        files.push((format!("src/{name}.rs"), text));
    }
    root.push_str(&module(0));
    files.push(("src/lib.rs".to_owned(), root));
    files.push(("src/query.sql".to_owned(), "select 1".to_owned()));
    let script = "fn main() { println!(\"cargo:rerun-if-changed=proto/a.proto\"); }";
    files.push(("build.rs".to_owned(), script.to_owned()));
    files
}

#[test]
#[expect(clippy::print_stdout, reason = "it is a measurement")]
fn a_workspace_of_thirty_packages() {
    let files = package();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let memory = Memory::new(&files);
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let begin = Instant::now();
    for _ in 0..PACKAGES {
        let reach = memory.reach_with(&[]);
        assert_eq!(reach.test_only.len(), MODULES.div_ceil(10));
        assert_eq!(paths(&reach), ["src/query.sql"]);
    }
    println!(
        "reach: {} packages, {} files, {} bytes: {:?}",
        PACKAGES,
        files.len() * PACKAGES,
        bytes * PACKAGES,
        begin.elapsed()
    );
}
