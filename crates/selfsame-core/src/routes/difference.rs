//! The list kept in source against what is mounted.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    inventory::{Inventory, MAX_REASON, Routes},
    list::Line,
};

/// What is expected and not mounted, and what is mounted and not expected, line by line.
///
/// The routes that answer for selfsame itself are not a difference, on neither side.
///
/// # Examples
///
/// ```
/// use selfsame_core::routes::{Difference, Inventory};
///
/// let expected: Inventory = "GET /workflows\nPOST /workflows\n".parse()?;
/// let mounted: Inventory = "GET /workflows\nGET /healthz\n".parse()?;
/// let difference = Difference::between(&expected, &mounted);
/// assert_eq!(difference.missing(), ["POST /workflows"]);
/// assert_eq!(difference.unexpected(), ["GET /healthz"]);
/// assert_eq!(difference.to_string(), "+ GET /healthz\n- POST /workflows");
/// # Ok::<(), selfsame_core::routes::ListError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Difference {
    missing: Vec<String>,
    unexpected: Vec<String>,
}

impl Difference {
    /// Compares what is mounted with what is expected.
    ///
    /// A route that answers every method and one that answers the methods that are expected differ:
    /// both lists are read from a router, and the same code gives the same lines.
    #[must_use]
    pub fn between(expected: &Inventory, mounted: &Inventory) -> Self {
        let (expected, mounted) = (Line::all(expected), Line::all(mounted));
        let lines = |some: &BTreeSet<Line>, others: &BTreeSet<Line>| -> Vec<String> {
            some.difference(others).map(Line::to_string).collect()
        };
        Self { missing: lines(&expected, &mounted), unexpected: lines(&mounted, &expected) }
    }

    /// The lines that are expected and not mounted, in the order of the list.
    #[must_use]
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// The lines that are mounted and not expected, in the order of the list.
    #[must_use]
    pub fn unexpected(&self) -> &[String] {
        &self.unexpected
    }

    /// Whether exactly what is expected is mounted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty()
    }

    /// Whether this can be said of a process that has these routes.
    fn agrees_with(&self, mounted: &Inventory) -> bool {
        let mounted = Line::all(mounted);
        let is_mounted = |line: &String| line.parse().is_ok_and(|line| mounted.contains(&line));
        self.unexpected.iter().all(is_mounted) && !self.missing.iter().any(is_mounted)
    }
}

/// The lines in the order of the list: `- ` before what is missing, `+ ` before what is unexpected.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.missing.iter().map(|line| ('-', line));
        let unexpected = self.unexpected.iter().map(|line| ('+', line));
        let mut lines: Vec<_> = missing.chain(unexpected).collect();
        lines.sort_by_key(|(_, line)| line.parse::<Line>());
        for (place, (sign, line)) in lines.into_iter().enumerate() {
            write!(f, "{}{sign} {line}", if place == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// A difference as it came in, before it is judged.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    missing: Vec<String>,
    unexpected: Vec<String>,
}

impl TryFrom<Raw> for Difference {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        let mut seen = BTreeSet::new();
        for side in [&raw.missing, &raw.unexpected] {
            let mut last = None;
            for text in side {
                let line: Line = text.parse().map_err(|what| format!("a route's line {what}"))?;
                if line.to_string() != *text || last.as_ref().is_some_and(|last| *last >= line) {
                    return Err("the lines of routes are not in order".to_owned());
                }
                if !seen.insert(line.clone()) {
                    return Err("a route is both missing and unexpected".to_owned());
                }
                last = Some(line);
            }
        }
        Ok(Self { missing: raw.missing, unexpected: raw.unexpected })
    }
}

/// How the routes of a process stand to the list kept in source, or why that is not known.
///
/// Unknown is never "no difference". In JSON this is `{"missing":[…],"unexpected":[…]}` or
/// `{"unavailable":"reason"}`.
///
/// # Examples
///
/// ```
/// use selfsame_core::routes::{Inventory, Routes, ListComparison};
///
/// let kept: Inventory = "GET /workflows\n".parse()?;
/// let mounted = Routes::Listed("any /workflows\n".parse()?);
/// let ListComparison::Compared(difference) = ListComparison::of(&kept, &mounted) else { panic!("unknown") };
/// assert_eq!(difference.missing(), ["GET /workflows"]);
///
/// let standing = ListComparison::of(&kept, &Routes::unavailable("the router was not read"));
/// assert!(standing.difference().is_none());
/// # Ok::<(), selfsame_core::routes::ListError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListComparison {
    /// Both are known, and this is between them.
    Compared(Difference),
    /// What is mounted could not be established; the reason in words.
    Unavailable(String),
}

impl ListComparison {
    /// Compares what a process has mounted with the list kept in source.
    #[must_use]
    pub fn of(expected: &Inventory, mounted: &Routes) -> Self {
        match mounted {
            Routes::Listed(mounted) => Self::Compared(Difference::between(expected, mounted)),
            Routes::Unavailable(reason) => Self::Unavailable(reason.clone()),
        }
    }

    /// The difference, if it is known. It may be empty.
    #[must_use]
    pub fn difference(&self) -> Option<&Difference> {
        match self {
            Self::Compared(difference) => Some(difference),
            Self::Unavailable(_) => None,
        }
    }

    /// Whether a process that has these routes can stand so.
    pub(crate) fn agrees_with(&self, mounted: &Routes) -> bool {
        match (self, mounted) {
            (Self::Compared(difference), Routes::Listed(mounted)) => {
                difference.agrees_with(mounted)
            }
            (Self::Unavailable(_), Routes::Unavailable(_)) => true,
            _ => false,
        }
    }
}

impl Serialize for ListComparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Compared(difference) => difference.serialize(serializer),
            Self::Unavailable(reason) => serializer.collect_map([("unavailable", reason)]),
        }
    }
}

impl<'de> Deserialize<'de> for ListComparison {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Either {
            #[serde(default)]
            missing: Option<Vec<String>>,
            #[serde(default)]
            unexpected: Option<Vec<String>>,
            #[serde(default)]
            unavailable: Option<String>,
        }

        match Either::deserialize(deserializer)? {
            Either { missing: Some(missing), unexpected: Some(unexpected), unavailable: None } => {
                let difference = Difference::try_from(Raw { missing, unexpected });
                difference.map(Self::Compared).map_err(de::Error::custom)
            }
            Either { missing: None, unexpected: None, unavailable: Some(reason) }
                if !reason.trim().is_empty() && reason.len() <= MAX_REASON =>
            {
                Ok(Self::Unavailable(reason))
            }
            _ => Err(de::Error::custom(
                "a route list needs what is missing and what is unexpected, or the reason why that \
                 is unavailable",
            )),
        }
    }
}
