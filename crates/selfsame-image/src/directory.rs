//! A directory inside an image: the files that a container would see there, and what took others
//! away.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use selfsame_core::stamp::Digest;
use selfsame_core::tree::Lines;
use sha2::Digest as _;

use super::entries::{Entries, Entry, Kind};
use super::image::Image;
use super::layer::Visit;
use super::limits::{Budget, Limits};
use super::name::{Name, absolute, ancestors, circle, is_below, resolved};
use super::overlay::{Act, Overlay};
use super::read::{self, Touched};
use crate::error::ArtifactError;

/// The most places that are looked at together: the directories, where links lead, and files that
/// have another name in them.
const MAX_PLACES: usize = 1_000;

/// What is known of a place in the file system.
#[derive(Debug, Clone)]
enum Node {
    File { digest: Digest, bytes: u64 },
    Directory,
    Link(Vec<u8>),
    Other,
}

/// The files of a directory.
#[derive(Debug)]
pub(super) struct Listing {
    /// Whether it is there and a directory.
    pub(super) is_there: bool,
    pub(super) lines: Lines,
    pub(super) list: Vec<String>,
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// What was taken away at or below it, and from how many files.
    pub(super) taken: BTreeMap<Act, usize>,
}

impl Listing {
    /// Keeps the lines as text too, now that all are there.
    pub(super) fn settle(&mut self) {
        let text = String::from_utf8_lossy(self.lines.as_bytes());
        self.list = text.lines().map(str::to_owned).collect();
    }
}

/// Hashes the files that lie at these places or below, and sees what lies on the way there.
struct Places<'a> {
    wanted: &'a BTreeSet<Name>,
    /// Files whose other name is among the wanted, and that lie elsewhere.
    elsewhere: BTreeSet<Name>,
}

impl Places<'_> {
    fn is_inside(&self, name: &[u8]) -> bool {
        self.wanted.contains(name)
            || self.wanted.contains(&b""[..])
            || ancestors(name).any(|above| self.wanted.contains(above))
    }

    fn is_above(&self, name: &[u8]) -> bool {
        // What comes next in the order begins with it, if anything does.
        let first = [name, b"/"].concat();
        self.wanted.range(first..).next().is_some_and(|wanted| is_below(wanted, name))
    }
}

impl Visit for Places<'_> {
    type Value = Node;

    fn visit(
        &mut self,
        entry: &Entry,
        entries: &mut Entries<'_>,
    ) -> Result<Option<Node>, ArtifactError> {
        let is_inside = self.is_inside(&entry.name);
        Ok(match &entry.kind {
            _ if !is_inside && !self.is_above(&entry.name) => None,
            Kind::File if is_inside => {
                let mut hasher = sha2::Sha256::new();
                entries.content(|bytes| hasher.update(bytes))?;
                let digest = Digest::new(hasher.finalize().into());
                Some(Node::File { digest, bytes: entry.size })
            }
            Kind::Directory => Some(Node::Directory),
            Kind::Symlink(target) => Some(Node::Link(target.clone())),
            Kind::Hardlink(target) => {
                if !self.is_inside(target) {
                    self.elsewhere.insert(target.clone());
                }
                if self.elsewhere.len() > MAX_PLACES {
                    return Err(ArtifactError::new(format!(
                        "up to `{}` more than {MAX_PLACES} files are linked that lie elsewhere",
                        absolute(&entry.name)
                    )));
                }
                None
            }
            Kind::File | Kind::Special => Some(Node::Other),
        })
    }
}

/// Directories of an image, all of them read together: one by one, each would read its layers again.
#[derive(Debug)]
pub(super) struct Tree {
    overlay: Overlay<Node>,
    /// Where each of them lies, links followed, or why nobody can tell.
    places: BTreeMap<Name, Result<Name, ArtifactError>>,
    budget: Rc<Budget>,
}

impl Tree {
    /// Finds the directories `asked` in an image, through links if need be.
    ///
    /// # Errors
    ///
    /// If a layer cannot be read, or if they are too many.
    pub(super) fn read(
        image: &Image,
        touched: &[Touched],
        asked: &BTreeSet<Name>,
        budget: &Rc<Budget>,
        limits: &Limits,
    ) -> Result<Self, ArtifactError> {
        let mut wanted = asked.clone();
        let mut tree = Self {
            overlay: Overlay::default(),
            places: BTreeMap::new(),
            budget: Rc::clone(budget),
        };
        for _ in 0..=limits.links {
            if wanted.len() > MAX_PLACES {
                return Err(ArtifactError::new(format!(
                    "more than {MAX_PLACES} of its directories are asked for, with what they link"
                )));
            }
            let mut places = Places { wanted: &wanted, elsewhere: BTreeSet::new() };
            let may_matter = |layer: usize| {
                touched
                    .get(layer)
                    .is_none_or(|touched| wanted.iter().any(|name| touched.may_touch(name)))
            };
            // What has a digest was verified when the stamps were read.
            tree.overlay = read::layers(&image.layers, may_matter, false, limits, &mut places)?;
            let mut missing = places.elsewhere;
            for at in asked {
                let link = |name: &[u8]| match &tree.overlay.items.get(name)?.value {
                    Node::Link(target) => Some(target.into()),
                    _ => None,
                };
                let place = resolved(at.clone(), limits, link);
                let seen = Places { wanted: &wanted, elsewhere: BTreeSet::new() };
                let unseen = place.as_ref().ok().filter(|place| !seen.is_inside(place)).cloned();
                let is_seen = unseen.is_none();
                missing.extend(unseen);
                // A link that leads further than was read counts once it leads no further.
                tree.places.insert(at.clone(), if is_seen { place } else { Err(circle(at)) });
            }
            if missing.is_empty() {
                break;
            }
            wanted.append(&mut missing);
        }
        Ok(tree)
    }

    /// Whether the directory is one of those that were asked for.
    pub(super) fn has(&self, at: &Name) -> bool {
        self.places.contains_key(at)
    }

    /// The directories that were asked for.
    pub(super) fn places(&self) -> impl Iterator<Item = &Name> {
        self.places.keys()
    }

    /// What the directory `at` holds.
    ///
    /// # Errors
    ///
    /// If the links on the way to it lead out or nowhere, or if no time is left for the artifact.
    pub(super) fn listing(&self, at: &Name, what: What) -> Result<Listing, ArtifactError> {
        let place = self.places.get(at).cloned().unwrap_or_else(|| Err(circle(at)))?;
        let listing = listing(&self.overlay, &place, what);
        // Many names of one directory make as many lists of it.
        let length = listing.lines.as_bytes().len() + self.overlay.gone.len();
        self.budget.take(length as u64).map_err(|error| ArtifactError::new(error.to_string()))?;
        Ok(listing)
    }
}

/// What of a directory is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// All that the tree hash is of.
    Tree,
    /// The same without the file for the stamp of the directory itself.
    Shipped,
}

impl What {
    /// Whether a path below the directory is left out.
    pub(super) fn leaves_out(self, below: &[u8]) -> bool {
        self == Self::Shipped && below == b"__build"
            || below.split(|byte| *byte == b'/').any(|component| component.starts_with(b"."))
    }
}

fn listing(overlay: &Overlay<Node>, place: &Name, what: What) -> Listing {
    let itself = overlay.items.get(place);
    let mut listing = Listing {
        is_there: itself.is_none_or(|item| matches!(item.value, Node::Directory)),
        lines: Lines::new(),
        list: Vec::new(),
        files: 0,
        bytes: 0,
        taken: BTreeMap::new(),
    };
    let skip = if place.is_empty() { 0 } else { place.len() + 1 };
    let mut names: Vec<(Vec<u8>, Digest)> = Vec::new();
    for (name, item) in overlay.below(place) {
        let below = &name[skip..];
        if what.leaves_out(below) {
            continue;
        }
        if let Node::File { digest, bytes } = item.value {
            listing.bytes += bytes;
            names.push(([b"./", below].concat(), digest));
        }
    }
    // Without an entry of its own it is there if anything is below it.
    listing.is_there &=
        itself.is_some() || place.is_empty() || overlay.below(place).next().is_some();
    names.sort_unstable();
    for (name, digest) in &names {
        listing.lines.push(*digest, name);
    }
    listing.files = names.len() as u64;
    listing.settle();
    for gone in &overlay.gone {
        let is_of_it = gone.name == *place
            || is_below(&gone.name, place) && !what.leaves_out(&gone.name[skip..]);
        let is_file = matches!(gone.item.value, Node::File { .. });
        if is_of_it && is_file && !overlay.items.contains_key(&gone.name) {
            *listing.taken.entry(gone.act.clone()).or_default() += 1;
        }
    }
    listing
}
