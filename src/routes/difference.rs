//! The list kept in source against what is mounted.

use std::{collections::BTreeSet, fmt};

use super::{inventory::Inventory, list::Line};

/// What is expected and not mounted, and what is mounted and not expected, line by line.
///
/// The routes that answer for selfsame itself are no difference, on neither side.
///
/// # Examples
///
/// ```
/// use selfsame::routes::{Difference, Inventory};
///
/// let expected: Inventory = "GET /workflows\nPOST /workflows\n".parse()?;
/// let mounted: Inventory = "GET /workflows\nGET /healthz\n".parse()?;
/// let difference = Difference::between(&expected, &mounted);
/// assert_eq!(difference.missing(), ["POST /workflows"]);
/// assert_eq!(difference.unexpected(), ["GET /healthz"]);
/// assert_eq!(difference.to_string(), "+ GET /healthz\n- POST /workflows");
/// # Ok::<(), selfsame::routes::ListError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
