//! A root file system that lies unpacked in a directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use selfsame_core::stamp::Scanner;
use selfsame_core::tree::{self, Lines};
use walkdir::WalkDir;

use super::directory::{Listing, What};
use super::entries::too_large;
use super::input::Section;
use super::input::scan;
use super::limits::{Budget, Limits};
use super::name::{Name, resolved};
use super::read::{Carried, Stamps};
use crate::error::ArtifactError;

/// Looks for stamps in every file below `root`. Links are not followed, and other file systems not
/// entered.
pub(super) fn stamps(
    root: &Path,
    budget: &Rc<Budget>,
    limits: &Limits,
) -> Result<Vec<(Name, Carried)>, ArtifactError> {
    let mut stamps = Stamps::new(limits);
    let mut carried = Vec::new();
    let mut left = limits.unpacked;
    // Not sorted, since that holds all names of a directory at once.
    let walk = WalkDir::new(root).same_file_system(true);
    for (seen, entry) in walk.into_iter().enumerate() {
        let entry = entry.map_err(|error| ArtifactError::new(error.to_string()))?;
        if seen >= limits.entries {
            let most = limits.entries;
            return Err(ArtifactError::new(format!("there are more than {most} entries in it")));
        }
        if !entry.file_type().is_file() {
            continue;
        }
        let fail = |error: std::io::Error| {
            ArtifactError::new(format!("cannot read `{}`: {error}", entry.path().display()))
        };
        let file = tree::open_unlinked(entry.path()).map_err(fail)?;
        let section = Section::whole(file, budget).map_err(fail)?;
        left = left.checked_sub(section.len()).ok_or_else(|| {
            ArtifactError::new(format!(
                "there are more than {} bytes in it; --max-size raises that",
                limits.unpacked
            ))
        })?;
        let mut scanner = Scanner::new();
        scan(&mut section.reader(), limits.unpacked, &mut scanner).map_err(fail)?;
        let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let name = below.as_os_str().as_encoded_bytes().to_vec();
        if let Some(found) = stamps.take(&name, scanner)? {
            carried.push((name, found));
        }
    }
    carried.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Ok(carried)
}

/// Finds the directory `at`, through links if need be, and never outside of `root`.
pub(super) fn directory(
    root: &Path,
    at: &Name,
    what: What,
    limits: &Limits,
) -> Result<Listing, ArtifactError> {
    let place = resolved(at.clone(), limits, |name| {
        let target = under(root, name).read_link().ok()?;
        Some(target.into_os_string().into_encoded_bytes().into())
    })?;
    let path = under(root, &place);
    let mut listing = Listing {
        is_there: path.is_dir(),
        lines: Lines::new(),
        list: Vec::new(),
        files: 0,
        bytes: 0,
        taken: BTreeMap::new(),
    };
    if listing.is_there {
        let entries = match what {
            What::Tree => tree::list(&path, ".")?,
            What::Shipped => tree::list_shipped(&path)?,
        };
        let files: Vec<_> = entries.iter().filter(|file| file.kind == tree::Kind::File).collect();
        let lengths = files.iter().filter_map(|file| file.path.symlink_metadata().ok());
        let length = lengths.fold(0, |sum: u64, file| sum.saturating_add(file.len()));
        if length > limits.unpacked {
            return Err(too_large(limits));
        }
        for (file, (digest, bytes)) in files.iter().zip(tree::digests(&files)?) {
            listing.lines.push(digest, &file.name);
            listing.bytes += bytes;
        }
        listing.files = files.len() as u64;
    }
    listing.settle();
    Ok(listing)
}

fn under(root: &Path, name: &[u8]) -> PathBuf {
    if name.is_empty() {
        return root.to_owned();
    }
    root.join(String::from_utf8_lossy(name).as_ref())
}
