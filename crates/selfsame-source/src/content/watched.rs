//! What has to be watched, so that a change of content is seen and nothing else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Content, Rule};

impl Content {
    /// The files and directories to watch that exist. A directory that holds something that is not
    /// content, such as a test, is watched file by file.
    #[must_use]
    pub fn watched(&self) -> BTreeSet<PathBuf> {
        let mut watched = BTreeSet::new();
        let is_active = |owners: &BTreeSet<usize>| {
            owners.is_empty() || owners.iter().any(|index| self.packages[*index].active)
        };
        let files: BTreeSet<&Path> = self
            .lines
            .values()
            .filter(|line| is_active(&line.owners))
            .filter_map(|line| line.path.as_deref())
            .collect();
        let inactive: Vec<&Path> = self
            .packages
            .iter()
            .filter(|covered| !covered.active)
            .map(|covered| covered.package.root())
            .collect();
        for directory in &self.directories {
            if !inactive.iter().any(|root| directory.starts_with(root)) {
                self.watch_below(directory, &files, &mut watched);
            }
        }
        let is_watched = |watched: &BTreeSet<PathBuf>, path: &Path| {
            path.ancestors().any(|above| watched.contains(above))
        };
        for path in files {
            if !is_watched(&watched, path) {
                watched.insert(path.to_owned());
            }
        }
        for covered in self.packages.iter().filter(|covered| covered.active) {
            if covered.package.is_cargo() {
                watched.insert(covered.package.root().join("Cargo.toml"));
            }
        }
        let package = &self.packages[0].package;
        if package.is_cargo() {
            watched.insert(package.workspace_root().join("Cargo.toml"));
            watched.insert(package.lock_path());
        }
        let configs = self.lines.iter().filter(|(_, line)| line.rule == Rule::Config);
        let configs = configs.filter_map(|(name, _)| str::from_utf8(name).ok());
        watched.extend(
            configs
                .filter_map(|name| name.strip_prefix("config "))
                .map(|name| super::super::path::normal(&package.root().join(name))),
        );
        watched.retain(|path| path.symlink_metadata().is_ok());
        watched
    }

    /// The paths that would be content if they existed.
    pub fn absent(&self) -> impl Iterator<Item = &Path> {
        self.absent.iter().map(PathBuf::as_path)
    }

    fn watch_below(
        &self,
        directory: &Path,
        files: &BTreeSet<&Path>,
        watched: &mut BTreeSet<PathBuf>,
    ) {
        if !self.excluded.keys().any(|path| path.starts_with(directory)) {
            watched.insert(directory.to_owned());
            return;
        }
        let mut children: BTreeSet<PathBuf> = BTreeSet::new();
        for file in files.range(directory..).take_while(|file| file.starts_with(directory)) {
            if let Some(child) =
                file.strip_prefix(directory).ok().and_then(|rest| rest.iter().next())
            {
                children.insert(directory.join(child));
            }
        }
        for child in children {
            if files.contains(child.as_path()) {
                watched.insert(child);
            } else {
                self.watch_below(&child, files, watched);
            }
        }
    }
}
