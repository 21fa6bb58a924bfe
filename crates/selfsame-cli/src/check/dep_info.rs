//! The compiler's own list of the files that it read, next to an artifact.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use selfsame_core::findings::ReadOutside;
use selfsame_core::stamp::Module;
use selfsame_source::{Compiled, Content};

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

    /// The files that were read and content does not cover, in the repository with this `top`.
    /// `same` says which of them are what they were, or nothing if that is unknown.
    pub(super) fn outside(
        &self,
        content: &Content,
        top: Option<&Path>,
        same: impl Fn(&Path) -> Option<bool>,
    ) -> Vec<ReadOutside> {
        let package = content.packages()[0].package.root();
        let roots: Vec<&Path> =
            content.packages().iter().map(|covered| covered.package.root()).collect();
        // Without a repository, what lies below the workspace and the packages.
        let workspace = content.packages()[0].package.workspace_root();
        let below = |file: &Path| match top {
            Some(top) => file.starts_with(top),
            None => file.starts_with(workspace) || roots.iter().any(|root| file.starts_with(root)),
        };
        let files = self.compiled.files(&roots).filter(|file| {
            // What lies elsewhere comes from a registry, or from the system.
            below(file)
                && content.packages().iter().all(|covered| covered.package.root() != *file)
                && !content.covers(file)
                && !content.is_documentation(file)
        });
        files
            .map(|file| {
                let path =
                    selfsame_source::relative_path(package, &file).to_string_lossy().into_owned();
                ReadOutside::new(path, same(&file))
            })
            .collect()
    }

    /// The environment variables whose values were compiled in.
    pub(super) fn variables(&self) -> Vec<String> {
        self.compiled.variables().iter().cloned().collect()
    }
}
