//! What the script hashed when it last ran.
//!
//! Cargo goes by file times: it compiles again what was changed after it last compiled. A file whose
//! bytes changed under a time before the last run would be in the new stamp and not in the code.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::BuildError;
use selfsame_source::Content;

/// The list of the last run, in the directory of the stamp.
const LIST: &str = "hashed";

/// A file whose time is that at which the last run began. The clock of the file system is not that
/// of the process.
const BEGAN: &str = "began";

/// The same of a run that has not come to its end.
const BEGINS: &str = "begins";

/// The last run.
#[derive(Debug)]
pub(super) struct Previous {
    directory: PathBuf,
    /// What it hashed, and when it began.
    ran: Option<(String, SystemTime)>,
}

impl Previous {
    /// Reads what the last run left in `directory`, and marks the beginning of this one.
    ///
    /// # Errors
    ///
    /// If the mark cannot be written.
    pub(super) fn begin(directory: &Path) -> Result<Self, BuildError> {
        let (list, began) = (directory.join(LIST), directory.join(BEGAN));
        let ran = std::fs::read_to_string(list).ok().zip(modified(&began));
        let begins = directory.join(BEGINS);
        std::fs::write(&begins, "").map_err(|error| BuildError::io("write", &begins, &error))?;
        Ok(Self { directory: directory.to_owned(), ran })
    }

    /// Compares with the last run, and writes what this one hashed.
    ///
    /// # Errors
    ///
    /// If bytes changed under a time before the last run, or if the list cannot be written.
    pub(super) fn check(&self, content: &Content) -> Result<(), BuildError> {
        if let Some((last, ran)) = &self.ran {
            let last: BTreeMap<&str, &str> = last
                .lines()
                .filter_map(|line| line.split_once("  "))
                .map(|(a, b)| (b, a))
                .collect();
            for (digest, path) in hashed(content) {
                let is_changed = last.get(path).is_some_and(|before| *before != digest);
                if is_changed && modified(Path::new(path)).is_some_and(|time| time < *ran) {
                    return Err(BuildError::new(format!(
                        "`{path}` was replaced under an older time, which cargo takes for \
                         unchanged: `touch` it and build again"
                    )));
                }
            }
        }
        let mut list = String::new();
        for (digest, path) in hashed(content) {
            let _ = writeln!(list, "{digest}  {path}");
        }
        let path = self.directory.join(LIST);
        std::fs::write(&path, list)
            .and_then(|()| std::fs::rename(self.directory.join(BEGINS), self.directory.join(BEGAN)))
            .map_err(|error| BuildError::io("write", &path, &error))
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

fn hashed(content: &Content) -> impl Iterator<Item = (String, &str)> {
    content.entries().filter_map(|(_, line)| {
        let path = line.path.as_deref()?.to_str().filter(|path| !path.contains('\n'))?;
        Some((line.digest.to_string(), path))
    })
}
