//! Which files of a front end are content, and of the workspace that it belongs to.

use std::path::{Path, PathBuf};

use super::Rule;
use super::conventions::{
    CONVENTIONAL_ELSEWHERE, OF_NPM_ROOT, is_configuration, is_environment, is_example,
    is_looked_for_above,
};
use super::files::Collector;
use crate::error::SourceError;
use crate::npm::{self, Surroundings};
use crate::walk::Hidden;
use selfsame_core::tree::Kind;

impl Collector<'_> {
    /// Adds the files of the front end itself: by convention and by name.
    pub(super) fn collect_front_end(&mut self, root: &Path) -> Result<(), SourceError> {
        for name in &CONVENTIONAL_ELSEWHERE {
            let hidden = if *name == "src" { Hidden::Out } else { Hidden::But };
            self.add(&root.join(name), hidden, &Rule::Conventional(name))?;
        }
        let configurations = self.add_named_files(root, is_configuration)?;
        self.add_imported(&configurations)
    }

    /// Adds the files of a package that the front end depends on: all that can be source, with the
    /// configurations that a build of it reads.
    pub(super) fn collect_dependency(&mut self, root: &Path) -> Result<(), SourceError> {
        self.content.directories.insert(root.to_owned());
        for path in npm::sources(self.within.files, root)? {
            self.add(&path, Hidden::Counts, &Rule::WorkspacePackage)?;
        }
        let configurations = self.add_named_files(root, is_configuration)?;
        self.add_imported(&configurations)
    }

    /// Adds what lies at the root of the workspace: the lock file, what is put in place of packages,
    /// and the configurations that tools look for above a package.
    pub(super) fn collect_around(&mut self, around: &Surroundings) -> Result<(), SourceError> {
        for archive in &around.archives {
            self.add(archive, Hidden::Counts, &Rule::WorkspacePackage)?;
        }
        let Some(root) = &around.root else { return Ok(()) };
        for name in OF_NPM_ROOT {
            self.add(&root.join(name), Hidden::But, &Rule::WorkspaceRoot)?;
        }
        if root == self.package.root() {
            return Ok(());
        }
        self.content.listed.insert(root.clone());
        let mut configurations = Vec::new();
        for (name, kind) in self.within.files.list(root)? {
            let is_file = matches!(kind, Kind::File | Kind::Link);
            if is_file && name.to_str().is_some_and(is_looked_for_above) {
                let path = root.join(name);
                self.add(&path, Hidden::Counts, &Rule::WorkspaceRoot)?;
                configurations.push(path);
            }
        }
        self.add_imported(&configurations)
    }

    /// Adds the files in a directory that count by their names, and returns the configurations.
    fn add_named_files(
        &mut self,
        root: &Path,
        is_configuration: fn(&str) -> bool,
    ) -> Result<Vec<PathBuf>, SourceError> {
        self.content.listed.insert(root.to_owned());
        let mut configurations = Vec::new();
        for (name, kind) in self.within.files.list(root)? {
            let Some(text) = name.to_str() else { continue };
            // An `.env` may be the directory of something else.
            if !matches!(kind, Kind::File | Kind::Link) {
                continue;
            }
            let path = root.join(text);
            if is_environment(text) {
                self.add(&path, Hidden::Counts, &Rule::Environment)?;
            } else if is_example(text) {
                self.content.excluded.insert(path, super::Excluded::Example);
            } else if is_configuration(text) {
                self.add(&path, Hidden::Counts, &Rule::Configuration)?;
                configurations.push(path);
            }
        }
        Ok(configurations)
    }

    fn add_imported(&mut self, configurations: &[PathBuf]) -> Result<(), SourceError> {
        if configurations.is_empty() {
            return Ok(());
        }
        // Without a repository nothing says where source ends.
        let top = self.within.top.unwrap_or(Path::new("/"));
        let imported = npm::imported(self.within.files, configurations, top)?;
        if let Some(why) = imported.unknown {
            self.unknown(why);
        }
        self.content.absent.extend(imported.absent);
        for (path, by) in imported.files {
            self.add(&path, Hidden::Counts, &Rule::Imported { file: by })?;
        }
        Ok(())
    }
}
