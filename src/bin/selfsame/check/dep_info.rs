//! The compiler's own list of the files that it read, next to an artifact.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use selfsame::findings::ReadOutside;
use selfsame::source::{Compiled, Content};
use selfsame::stamp::Module;

/// The list, as far as it is about the checkout in `directory`.
pub(super) struct List {
    compiled: Compiled,
    directory: PathBuf,
}

impl List {
    /// Finds the list next to `artifact`. Says why there is none that can be used.
    pub(super) fn of(artifact: &Path, directory: Option<&Path>) -> Result<Self, String> {
        let compiled = Compiled::beside(artifact).map_err(|error| error.to_string())?;
        let compiled =
            compiled.ok_or_else(|| "the compiler's list is not next to the artifact".to_owned())?;
        // Cargo writes the paths as it saw them, which may be through a link.
        let directory = directory.into_iter().flat_map(|directory| {
            [std::path::absolute(directory), directory.canonicalize()].into_iter().flatten()
        });
        let found = directory.into_iter().find(|directory| compiled.speaks_of(directory));
        let directory =
            found.ok_or_else(|| "the compiler's list is of another checkout".to_owned())?;
        Ok(Self { compiled, directory })
    }

    /// Whether each module was compiled.
    pub(super) fn modules(&self, modules: &[Module]) -> BTreeMap<String, Option<bool>> {
        let holds = |module: &Module| self.compiled.holds_module(&self.directory, &module.path);
        modules.iter().map(|module| (module.name.clone(), holds(module))).collect()
    }

    /// The files that the compiler read and content does not cover. `differs` says which of them
    /// are not what they were, or nothing if that is unknown.
    pub(super) fn outside(
        &self,
        content: &Content,
        same: impl Fn(&str) -> Option<bool>,
    ) -> Vec<ReadOutside> {
        let files = self.compiled.of_package(&self.directory);
        files
            .filter(|file| file != "Cargo.lock" && !content.covers(file))
            .map(|path| ReadOutside { same: same(&path), path })
            .collect()
    }
}
