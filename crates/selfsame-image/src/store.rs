//! Where the documents and layers of an image lie: in an archive, or in a directory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use selfsame_core::tree;

use super::entries::{Entries, Kind};
use super::input::Section;
use super::limits::{Budget, Limits};
use super::name::{Name, ancestors, linked, normalize, parent};
use crate::error::ArtifactError;

/// The documents that tell what an archive is. They are always kept in mind.
const DOCUMENTS: [&[u8]; 4] = [b"manifest.json", b"index.json", b"oci-layout", b"repositories"];

/// The members of an archive by name, as far as they can be parts of an image.
#[derive(Debug)]
pub(super) struct Members {
    archive: Section,
    by_name: BTreeMap<Name, Member>,
    /// Whether there were more of them than are kept.
    overflow: bool,
}

#[derive(Debug)]
enum Member {
    File { offset: u64, size: u64 },
    Link(Name),
}

impl Members {
    /// Reads the headers of an archive, and nothing else of it.
    ///
    /// # Errors
    ///
    /// If it is damaged or cut, or holds two members of one name.
    pub(super) fn of(archive: &Section, limits: &Limits) -> Result<Self, ArtifactError> {
        let mut members = BTreeMap::new();
        let mut overflow = false;
        let mut entries = Entries::new(Box::new(archive.clone().reader()), *limits);
        while let Some(entry) = entries.next()? {
            let member = match entry.kind {
                Kind::File => Member::File { offset: entry.offset, size: entry.size },
                Kind::Hardlink(target) => Member::Link(target),
                // Of a root file system it may lead anywhere, and is asked for nowhere.
                Kind::Symlink(target) => match linked(parent(&entry.name), &target, limits.path) {
                    Ok(target) => Member::Link(target),
                    Err(_) => continue,
                },
                Kind::Directory | Kind::Special => continue,
            };
            if ancestors(&entry.name).count() > 2 {
                continue;
            }
            if members.len() >= limits.members && !DOCUMENTS.contains(&entry.name.as_slice()) {
                overflow = true;
                continue;
            }
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            if members.insert(entry.name, member).is_some() {
                return Err(ArtifactError::new(format!(
                    "`{}` stands twice in it: tools differ in which one counts",
                    name.escape_debug()
                )));
            }
        }
        if !entries.is_closed() {
            return Err(ArtifactError::new(
                "it is cut off: the blocks that end an archive are missing",
            ));
        }
        Ok(Self { archive: archive.clone(), by_name: members, overflow })
    }

    fn get(&self, name: &Name, limits: &Limits) -> Result<Option<Section>, ArtifactError> {
        let mut name = name;
        for _ in 0..=limits.links {
            match self.by_name.get(name) {
                None if self.overflow && !DOCUMENTS.contains(&name.as_slice()) => {
                    return Err(ArtifactError::new("it has more members than an image has"));
                }
                None => return Ok(None),
                Some(Member::File { offset, size }) => {
                    let section = self.archive.part(*offset, *size);
                    return section
                        .map(Some)
                        .map_err(|error| ArtifactError::new(error.to_string()));
                }
                Some(Member::Link(target)) => name = target,
            }
        }
        Err(ArtifactError::new("its links lead in a circle"))
    }
}

/// Documents and layers by path.
#[derive(Debug)]
pub(super) enum Store {
    Archive(Members),
    /// The directory, resolved.
    Directory(PathBuf, Rc<Budget>),
}

impl Store {
    /// Finds a file. `None` means that there is none.
    ///
    /// # Errors
    ///
    /// If the path leads out, or if the file cannot be opened.
    pub(super) fn get(
        &self,
        path: &str,
        limits: &Limits,
    ) -> Result<Option<Section>, ArtifactError> {
        let name = normalize(path.as_bytes(), limits.path)?;
        let (root, budget) = match self {
            Self::Archive(members) => return members.get(&name, limits),
            Self::Directory(root, budget) => (root, budget),
        };
        let fail =
            |error: std::io::Error| ArtifactError::new(format!("cannot open `{path}`: {error}"));
        let file = match root.join(path.trim_start_matches('/')).canonicalize() {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fail(error)),
        };
        if !file.starts_with(root) {
            return Err(ArtifactError::new(format!(
                "`{path}` is a link that leads out of the layout"
            )));
        }
        tree::open(&file).and_then(|file| Section::whole(file, budget)).map(Some).map_err(fail)
    }

    /// Finds a file that another document names.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(super) fn named(&self, path: &str, limits: &Limits) -> Result<Section, ArtifactError> {
        self.get(path, limits)?.ok_or_else(|| {
            let path: String = path.chars().take(200).collect();
            ArtifactError::new(format!(
                "`{path}` is named in it and is not there: save the image again"
            ))
        })
    }
}
