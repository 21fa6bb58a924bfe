use std::collections::BTreeMap;
use std::path::Path;

use selfsame_core::stamp::{Digest, Shipped};

/// What a build stamps of a directory with these files, which the process finds at `at`.
pub fn built(name: &str, at: &Path, files: &[(&str, &str)]) -> Shipped {
    let files: BTreeMap<_, _> = files.iter().copied().collect();
    let line = |(file, text): (&&str, &&str)| format!("{}  ./{file}", Digest::of(text.as_bytes()));
    let mut shipped = Shipped::new(name, name, at.to_str().expect("the path is UTF-8"));
    shipped.list = files.iter().map(line).collect();
    let lines: String = shipped.list.iter().flat_map(|line| [line, "\n"]).collect();
    shipped.sha256 = Some(Digest::of(lines.as_bytes()));
    shipped.files = shipped.list.len() as u64;
    shipped.bytes = files.values().map(|text| text.len() as u64).sum();
    shipped
}

/// Puts files where a process finds them.
pub fn found(at: &Path, files: &[(&str, &str)]) {
    for (file, text) in files {
        let path = at.join(file);
        std::fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("mkdir");
        std::fs::write(path, text).expect("the file can be written");
    }
}
