//! A directory inside an image: the files that a container would see there, and what took others
//! away.

use std::collections::BTreeMap;

use selfsame::stamp::Digest;
use selfsame::tree::Lines;
use sha2::Digest as _;

use super::entries::{Entries, Entry, Kind};
use super::image::Image;
use super::layer::Visit;
use super::limits::Limits;
use super::name::{Name, absolute, circle, is_below, resolved};
use super::read::{self, Touched};
use super::view::{Act, View};
use crate::failure::Failure;

/// The most places that are looked at for one directory: itself, where links lead, and files that
/// have another name in it.
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
struct Places {
    wanted: Vec<Name>,
    /// Files whose other name is among the wanted, and that lie elsewhere.
    elsewhere: Vec<Name>,
}

impl Visit for Places {
    type Value = Node;

    fn visit(&mut self, entry: &Entry, entries: &mut Entries<'_>) -> Result<Option<Node>, Failure> {
        let name = &entry.name;
        let is_inside = self.wanted.iter().any(|wanted| name == wanted || is_below(name, wanted));
        let is_above = self.wanted.iter().any(|wanted| is_below(wanted, name));
        Ok(match &entry.kind {
            _ if !is_inside && !is_above => None,
            Kind::File if is_inside => {
                let mut hasher = sha2::Sha256::new();
                entries.content(|bytes| hasher.update(bytes))?;
                let digest = Digest::new(hasher.finalize().into());
                Some(Node::File { digest, bytes: entry.size })
            }
            Kind::Directory => Some(Node::Directory),
            Kind::Symlink(target) => Some(Node::Link(target.clone())),
            Kind::Hardlink(target) => {
                self.elsewhere.push(target.clone());
                None
            }
            Kind::File | Kind::Special => Some(Node::Other),
        })
    }
}

/// Finds the directory `at` in an image, through links if need be.
pub(super) fn read(
    image: &Image,
    touched: &[Touched],
    at: &Name,
    what: What,
    limits: &Limits,
) -> Result<Listing, Failure> {
    let mut wanted = vec![at.clone()];
    for _ in 0..=limits.links {
        let mut places = Places { wanted: wanted.clone(), elsewhere: Vec::new() };
        let may_matter = |layer: usize| {
            touched
                .get(layer)
                .is_none_or(|touched| wanted.iter().any(|name| touched.may_touch(name)))
        };
        // What has a digest was verified when the stamps were read.
        let view = read::layers(&image.layers, may_matter, false, limits, &mut places)?;
        places.elsewhere.retain(|name| !wanted.contains(name));
        if !places.elsewhere.is_empty() {
            wanted.append(&mut places.elsewhere);
            wanted.sort_unstable();
            wanted.dedup();
            if wanted.len() > MAX_PLACES {
                return Err(Failure::new(format!(
                    "`{}` links more than {MAX_PLACES} files that lie elsewhere",
                    absolute(at)
                )));
            }
            continue;
        }
        let place = resolved(at.clone(), limits, |name| match &view.items.get(name)?.value {
            Node::Link(target) => Some(target.into()),
            _ => None,
        })?;
        if wanted.iter().any(|wanted| *wanted == place || is_below(&place, wanted)) {
            return Ok(listing(&view, &place, what));
        }
        wanted.push(place);
    }
    Err(circle(at))
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

fn listing(view: &View<Node>, place: &Name, what: What) -> Listing {
    let itself = view.items.get(place);
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
    for (name, item) in view.below(place) {
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
    listing.is_there &= itself.is_some() || place.is_empty() || view.below(place).next().is_some();
    names.sort_unstable();
    for (name, digest) in &names {
        listing.lines.push(*digest, name);
    }
    listing.files = names.len() as u64;
    listing.settle();
    for gone in &view.gone {
        let is_of_it = gone.name == *place
            || is_below(&gone.name, place) && !what.leaves_out(&gone.name[skip..]);
        let is_file = matches!(gone.item.value, Node::File { .. });
        if is_of_it && is_file && !view.items.contains_key(&gone.name) {
            *listing.taken.entry(gone.act.clone()).or_default() += 1;
        }
    }
    listing
}
