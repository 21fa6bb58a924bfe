//! `declared`, held against the compiler's own list of the files that it read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use selfsame::stamp::Declared;
use selfsame_core::environment::Environment;
use selfsame_source::{Configuration, Disk, Package, declared, expected_modules};
use tempfile::TempDir;

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\n";

struct Crate {
    directory: TempDir,
}

impl Crate {
    fn new(files: &[(&str, &str)]) -> Self {
        let krate = Self { directory: TempDir::with_prefix("declared-").expect("a directory") };
        krate
            .write("Cargo.toml", "[package]\nname = \"api\"\nversion = \"1.0.0\"\n\n[workspace]\n");
        krate.write("Cargo.lock", LOCK);
        for (path, text) in files {
            krate.write(path, text);
        }
        krate
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it lies in the crate")).expect("mkdir");
        std::fs::write(path, text).expect("write");
    }

    /// What is said of each child of `src/modules`, with the feature `on`.
    fn declared(&self) -> Vec<(String, Declared)> {
        let package = Package::open(self.path()).expect("it is a package");
        let patterns = ["src/modules/*".to_owned()].into();
        let modules = expected_modules(&Disk, &package, &patterns).expect("there are modules");
        let environment: Environment =
            [("CARGO_CFG_FEATURE", "on"), ("CARGO_CFG_UNIX", ""), ("CARGO_CFG_TARGET_OS", "linux")]
                .into_iter()
                .collect();
        let configuration = Configuration::of_build(&environment);
        let answers = declared(&package, &configuration, &modules).expect("the crate has a root");
        modules.into_iter().map(|module| module.name).zip(answers).collect()
    }

    /// The children of `src/modules` of which the compiler reads a file.
    fn compiled(&self) -> BTreeSet<String> {
        let list = self.path().join("main.d");
        let output = Command::new("rustc")
            .args(["--edition", "2024", "--cfg", "feature=\"on\"", "--cap-lints", "allow"])
            .args(["--emit", "dep-info", "-o"])
            .arg(&list)
            .arg("src/main.rs")
            .current_dir(self.path())
            .output()
            .expect("rustc runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the compiler does not take it:\n{said}");
        let list = std::fs::read_to_string(list).expect("the compiler wrote it");
        let rule = list.lines().next().expect("there is a rule");
        rule.split(' ')
            .skip(1)
            .filter_map(|file| {
                let file = without_parents(Path::new(file));
                let below = file.strip_prefix("src/modules").ok()?.to_owned();
                let name = below.components().next()?.as_os_str().to_str()?.to_owned();
                Some(name.strip_suffix(".rs").unwrap_or(&name).to_owned())
            })
            .collect()
    }

    fn takes_itself_out(&self, name: &str) -> bool {
        let file = self.path().join(format!("src/modules/{name}.rs"));
        std::fs::read_to_string(file).is_ok_and(|text| text.starts_with("#![cfg("))
    }

    /// Requires that nothing said is wrong, and returns how much was left unknown.
    fn agree(&self) -> usize {
        let compiled = self.compiled();
        let mut unknown = 0;
        for (name, declared) in self.declared() {
            match declared {
                Declared::Yes => assert!(compiled.contains(&name), "`{name}` is not compiled"),
                // The compiler reads a file before it can know that `#![cfg]` takes it out.
                Declared::No(_) if self.takes_itself_out(&name) => {}
                Declared::No(why) => assert!(!compiled.contains(&name), "`{name}` is: {why}"),
                Declared::Unknown(_) => unknown += 1,
            }
        }
        unknown
    }
}

/// The path without `..`, which `#[path]` brings into the compiler's list.
fn without_parents(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::ParentDir => drop(normal.pop()),
            component => normal.push(component),
        }
    }
    normal
}

#[test]
fn plain_lines_attributes_and_features_are_followed() {
    let krate = Crate::new(&[
        (
            "src/main.rs",
            "#!/usr/bin/env run\nmod modules;\n#[path = \"modules/by_path.rs\"]\nmod other;\nfn main() {}\n",
        ),
        (
            "src/modules/mod.rs",
            "pub mod plain;\npub(crate) mod folder;\n#[cfg(feature = \"on\")] mod with;\n\
             #[cfg(feature = \"off\")] mod without;\n#[cfg(all(unix, not(test)))] mod both;\n\
             #[cfg(any(windows, feature = \"off\"))] mod neither;\n#[cfg(test)] mod checks;\n\
             #[cfg(custom)] mod custom;\nmod inline { mod within; }\n\
             #[cfg_attr(feature = \"on\", path = \"elsewhere/real.rs\")] mod moved;\n\
             struct S { a: u8 }\nfn f() -> ! { loop {} }\nimpl !Send for S {}\nmacro_rules! m { () => { 1 }; }\n",
        ),
        ("src/modules/plain.rs", ""),
        ("src/modules/folder/mod.rs", "mod deep;\n"),
        ("src/modules/folder/deep.rs", ""),
        ("src/modules/with.rs", ""),
        ("src/modules/without.rs", ""),
        ("src/modules/both.rs", ""),
        ("src/modules/neither.rs", ""),
        ("src/modules/checks.rs", ""),
        ("src/modules/custom.rs", ""),
        ("src/modules/inline/within.rs", ""),
        ("src/modules/by_path.rs", ""),
        ("src/modules/elsewhere/real.rs", ""),
        ("src/modules/forgotten.rs", ""),
        ("src/modules/texts/a.txt", ""),
    ]);
    let said: Vec<(String, String)> = krate
        .declared()
        .into_iter()
        .map(|(name, declared)| {
            let said = match declared {
                Declared::Yes => "yes".to_owned(),
                Declared::No(why) => format!("no: {why}"),
                Declared::Unknown(why) => format!("unknown: {why}"),
            };
            (name, said)
        })
        .collect();
    let expected = [
        ("both", "yes"),
        ("by_path", "yes"),
        ("checks", "no: cfg(test) is off"),
        ("custom", "unknown: cfg(custom) may be set by a build script"),
        ("elsewhere", "yes"),
        ("folder", "yes"),
        ("forgotten", "no: no `mod forgotten;` reaches it"),
        ("inline", "yes"),
        ("neither", "no: cfg(any (windows , feature = \"off\")) is off"),
        ("plain", "yes"),
        ("texts", "no: no `mod texts;` reaches it"),
        ("with", "yes"),
        ("without", "no: cfg(feature = \"off\") is off"),
    ];
    for ((name, said), (expected_name, expected)) in said.iter().zip(expected) {
        assert_eq!((name.as_str(), said.as_str()), (expected_name, expected));
    }
    assert_eq!(said.len(), expected.len());
}

#[test]
fn what_a_macro_may_declare_is_unknown_and_what_is_plain_stays_yes() {
    for main in [
        "macro_rules! all { () => { mod hidden; } }\nmod modules { mod plain; }\nall!();\nfn main() {}\n",
        "mod modules { mod plain; }\nmy::own! { something }\nfn main() {}\n",
        "mod modules { mod plain; }\ninclude!(\"more.rs\");\nfn main() {}\n",
        "mod modules { mod plain; }\nfn main() { #[path = \"modules/hidden.rs\"] mod h; }\n",
    ] {
        let krate = Crate::new(&[
            ("src/main.rs", main),
            ("src/modules/plain.rs", ""),
            ("src/modules/hidden.rs", ""),
        ]);
        let said = krate.declared();
        assert!(matches!(said[0].1, Declared::Unknown(_)), "{main}: {said:?}");
        assert_eq!(said[1].1, Declared::Yes, "{main}");
    }
}

#[test]
fn a_file_that_is_no_rust_hides_what_it_may_declare() {
    let krate = Crate::new(&[
        ("src/main.rs", "mod modules;\n"),
        ("src/modules/mod.rs", "mod a; \" never closed"),
        ("src/modules/a.rs", ""),
    ]);
    let [(_, Declared::Unknown(why))] = &krate.declared()[..] else { panic!("it is known") };
    assert!(why.contains("src/modules/mod.rs"), "{why}");
}

/// How a module of a generated crate comes in.
#[derive(Debug, Clone, Copy)]
enum Way {
    File,
    Folder,
    Inline,
    Path,
    FeatureOn,
    FeatureOff,
    Tested,
    Forgotten,
    Macro,
    InnerOff,
    FolderOfAFile,
}

fn way() -> impl Strategy<Value = Way> {
    use Way::{
        FeatureOff, FeatureOn, File, Folder, FolderOfAFile, Forgotten, Inline, InnerOff, Macro,
        Path, Tested,
    };
    prop_oneof![
        8 => prop::sample::select(vec![
            File, Folder, Inline, Path, FeatureOn, FeatureOff, Tested, Forgotten, InnerOff, FolderOfAFile,
        ]),
        1 => Just(Macro),
    ]
}

/// Writes the module `m{index}` below `src/modules` and returns the lines that bring it in.
fn write(krate: &Crate, index: usize, way: Way) -> String {
    let name = format!("m{index}");
    let file = format!("src/modules/{name}.rs");
    let folder = format!("src/modules/{name}");
    match way {
        Way::File
        | Way::FeatureOn
        | Way::FeatureOff
        | Way::Tested
        | Way::Forgotten
        | Way::Macro => {
            krate.write(&file, "pub fn f() -> u8 { 1 }\n");
        }
        Way::InnerOff => krate.write(&file, "#![cfg(feature = \"off\")]\npub fn f() {}\n"),
        Way::Folder => {
            krate.write(&format!("{folder}/mod.rs"), "mod deep;\n");
            krate.write(&format!("{folder}/deep.rs"), "mod deeper { mod deepest; }\n");
            krate.write(&format!("{folder}/deep/deeper/deepest.rs"), "");
        }
        Way::FolderOfAFile => {
            krate.write(&file, "mod deep;\n#[path = \"../other.rs\"]\nmod other;\n");
            krate.write(&format!("{folder}/deep.rs"), "");
            krate.write("src/other.rs", "");
        }
        Way::Inline => krate.write(&format!("{folder}/within.rs"), ""),
        Way::Path => krate.write(&format!("{folder}/code.rs"), ""),
    }
    match way {
        Way::File | Way::Folder | Way::FolderOfAFile | Way::InnerOff => format!("mod {name};\n"),
        Way::Inline => format!("mod {name} {{ mod within; }}\n"),
        Way::Path => format!("#[path = \"{name}/code.rs\"]\nmod named{index};\n"),
        Way::FeatureOn => format!("#[cfg(feature = \"on\")]\nmod {name};\n"),
        Way::FeatureOff => format!("#[cfg(not(any(feature = \"on\", test)))]\nmod {name};\n"),
        Way::Tested => format!("#[cfg(test)]\nmod {name};\n"),
        Way::Forgotten => String::new(),
        Way::Macro => {
            format!("macro_rules! bring{index} {{ () => {{ mod {name}; }}; }}\nbring{index}!();\n")
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_yes_and_no_no_is_wrong_on_generated_crates(ways in prop::collection::vec(way(), 1..9)) {
        let krate = Crate::new(&[("src/main.rs", "mod modules;\nfn main() {}\n")]);
        let lines: String =
            ways.iter().enumerate().map(|(index, way)| write(&krate, index, *way)).collect();
        krate.write("src/modules/mod.rs", &lines);
        let unknown = krate.agree();
        if !ways.iter().any(|way| matches!(way, Way::Macro)) {
            prop_assert_eq!(unknown, 0);
        }
    }
}
