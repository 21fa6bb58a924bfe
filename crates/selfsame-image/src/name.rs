//! Paths as archives have them: bytes, from the root of what is packed.

use std::borrow::Cow;

use super::limits::Limits;
use crate::error::ArtifactError;

/// A path from the root, without `.` and `..`, its components joined by `/`. The root is empty.
pub(super) type Name = Vec<u8>;

/// Spells the path of an entry.
///
/// # Errors
///
/// If it leads out of what is packed, or is too long.
pub(super) fn normalize(path: &[u8], longest: usize) -> Result<Name, ArtifactError> {
    if path.len() > longest {
        return Err(ArtifactError::new(format!(
            "a path of {} bytes, {longest} at most",
            path.len()
        )));
    }
    let refuse = |why: &str| Err(ArtifactError::new(format!("{} {why}", shown(path))));
    if path.contains(&0) {
        return refuse("has a NUL in its name");
    }
    let mut name = Name::with_capacity(path.len());
    for component in path.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => return refuse("leads out of the archive"),
            component => push(&mut name, component),
        }
    }
    Ok(name)
}

/// Where a symbolic link in `directory` leads. At the root `..` is the root, as for a process.
///
/// # Errors
///
/// If it climbs above the root: made to be followed outside of it.
pub(super) fn linked(
    directory: &[u8],
    target: &[u8],
    longest: usize,
) -> Result<Name, ArtifactError> {
    if target.len() + directory.len() > longest {
        return Err(ArtifactError::new(format!("a link to a path of more than {longest} bytes")));
    }
    let mut name = if target.starts_with(b"/") { Name::new() } else { directory.to_vec() };
    for component in target.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." if name.is_empty() && !target.starts_with(b"/") => {
                return Err(ArtifactError::new(format!(
                    "a link to {} leads out of it",
                    shown(target)
                )));
            }
            b".." => name.truncate(parent(&name).len()),
            component => push(&mut name, component),
        }
    }
    Ok(name)
}

/// Follows the symbolic links on the way to a place; `link` tells of each name where it leads, if it
/// is one.
///
/// # Errors
///
/// If a link climbs above the root, or if there are too many.
pub(super) fn resolved<'a>(
    mut place: Name,
    limits: &Limits,
    link: impl Fn(&[u8]) -> Option<Cow<'a, [u8]>>,
) -> Result<Name, ArtifactError> {
    'links: for _ in 0..=limits.links {
        let ends = place.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(end, _)| end);
        for end in ends.chain([place.len()]) {
            let Some(target) = link(&place[..end]) else { continue };
            let mut next = linked(parent(&place[..end]), &target, limits.path)?;
            let rest = &place[end..];
            next.extend_from_slice(if next.is_empty() {
                rest.strip_prefix(b"/").unwrap_or(rest)
            } else {
                rest
            });
            place = next;
            continue 'links;
        }
        return Ok(place);
    }
    Err(circle(&place))
}

/// More links were followed on the way to a place than a process would.
pub(super) fn circle(place: &[u8]) -> ArtifactError {
    ArtifactError::new(format!("the links on the way to `{}` are too many", absolute(place)))
}

pub(super) fn push(name: &mut Name, component: &[u8]) {
    if !name.is_empty() {
        name.push(b'/');
    }
    name.extend_from_slice(component);
}

pub(super) fn joined(directory: &[u8], component: &[u8]) -> Name {
    let mut name = directory.to_vec();
    push(&mut name, component);
    name
}

/// The directory that holds a name.
pub(super) fn parent(name: &[u8]) -> &[u8] {
    name.iter().rposition(|byte| *byte == b'/').map_or(b"", |slash| &name[..slash])
}

/// The last component.
pub(super) fn last(name: &[u8]) -> &[u8] {
    name.iter().rposition(|byte| *byte == b'/').map_or(name, |slash| &name[slash + 1..])
}

/// The directories above a name, the nearest first, the root left out.
pub(super) fn ancestors(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(parent(name)), |name| Some(parent(name)))
        .take_while(|name| !name.is_empty())
}

/// Whether `name` lies below `directory`.
pub(super) fn is_below(name: &[u8], directory: &[u8]) -> bool {
    directory.is_empty() && !name.is_empty()
        || name.strip_prefix(directory).is_some_and(|rest| rest.first() == Some(&b'/'))
}

/// A name in a message, from the root.
pub(super) fn absolute(name: &[u8]) -> String {
    format!("/{}", String::from_utf8_lossy(name))
}

/// A path in a message, as it stands in the archive.
pub(super) fn shown(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path);
    let cut: String = path.chars().take(200).collect();
    format!("`{}`", cut.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::super::limits::LIMITS;
    use super::*;

    #[test]
    fn paths_are_spelled_from_the_root() {
        let normalize = |path: &str| normalize(path.as_bytes(), 100).map(|name| absolute(&name));
        assert_eq!(normalize("./app//api").unwrap(), "/app/api");
        assert_eq!(normalize("/app/./api/").unwrap(), "/app/api");
        assert_eq!(normalize("./").unwrap(), "/");
        assert_eq!(normalize("..app/a..").unwrap(), "/..app/a..");
        for hostile in ["..", "a/../b", "/..", "a/..", "a\0b", &"x".repeat(101)] {
            assert!(normalize(hostile).is_err(), "{hostile:?}");
        }
    }

    #[test]
    fn links_lead_where_they_lead_a_process() {
        let linked = |directory: &str, target: &str| {
            linked(directory.as_bytes(), target.as_bytes(), 100).map(|name| absolute(&name))
        };
        assert_eq!(linked("usr/bin", "../lib/x").unwrap(), "/usr/lib/x");
        assert_eq!(linked("usr", "/srv/app").unwrap(), "/srv/app");
        assert_eq!(linked("usr", "/../srv").unwrap(), "/srv");
        assert_eq!(linked("", "./a").unwrap(), "/a");
        for hostile in ["../../x", "a/../../../x", &"x".repeat(101)] {
            assert!(linked("usr", hostile).is_err(), "{hostile:?}");
        }
    }

    #[test]
    fn links_on_the_way_are_followed() {
        let follow = |place: &str, links: &[(&'static str, &'static str)]| {
            let link = |name: &[u8]| {
                let found = links.iter().find(|(from, _)| from.as_bytes() == name);
                found.map(|(_, to)| Cow::Borrowed(to.as_bytes()))
            };
            resolved(place.as_bytes().to_vec(), &LIMITS, link).map(|name| absolute(&name))
        };
        assert_eq!(follow("app/dist", &[]).unwrap(), "/app/dist");
        let links = [("app", "srv"), ("srv/dist", "../data/v2"), ("data", "/")];
        assert_eq!(follow("app/dist/js", &links).unwrap(), "/v2/js");
        assert!(follow("a/x", &[("a", "b"), ("b", "a")]).is_err());
        assert!(follow("a/x", &[("a", "../b")]).is_err());
    }

    #[test]
    fn above_and_below() {
        let above: Vec<&[u8]> = ancestors(b"a/b/c").collect();
        assert_eq!(above, [&b"a/b"[..], b"a"]);
        assert!(is_below(b"a/b", b"a") && is_below(b"a", b"") && !is_below(b"ab", b"a"));
        assert!(!is_below(b"a", b"a") && !is_below(b"", b""));
        assert_eq!((parent(b"a/b"), last(b"a/b"), parent(b"a")), (&b"a"[..], &b"b"[..], &b""[..]));
    }
}
