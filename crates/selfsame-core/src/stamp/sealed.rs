//! Facts in canonical form, with their fingerprint, and the limits on what is read.

use std::io::Read;

use serde_json::Value;

use super::{Digest, Facts, StampError, canonical};

/// The longest text of a stamp, in bytes: 1 MiB.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// The longest string in a stamp, in bytes.
const MAX_STRING: usize = 4096;

/// The most entries in one list of a stamp.
const MAX_ENTRIES: usize = 10_000;

/// Facts, sealed: checked, in canonical form, with the fingerprint that identifies the artifact.
///
/// The facts are read through [`Stamp::facts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    facts: Facts,
    fingerprint: Digest,
    text: Box<str>,
}

impl Stamp {
    /// Checks `facts` and seals them.
    ///
    /// # Errors
    ///
    /// If the facts contradict each other, or if the text would be longer than 1 MiB.
    pub fn seal(mut facts: Facts) -> Result<Self, StampError> {
        facts.settle();
        facts.check()?;
        let mut value =
            serde_json::to_value(&facts).map_err(|error| StampError::new(error.to_string()))?;
        within_limits(&value)?;
        let fingerprint = fingerprint(&value)?;
        value["fingerprint"] = Value::String(fingerprint.to_string());
        let text = canonical::text(&value);
        if text.len() > MAX_TEXT {
            return Err(StampError::new(format!(
                "the stamp has {} bytes, {MAX_TEXT} at most: expect fewer modules",
                text.len()
            )));
        }
        Ok(Self { facts, fingerprint, text: text.into() })
    }

    /// Reads a stamp file: the text of a stamp, with a newline or without.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or as [`parse`](Self::parse).
    pub fn read(file: impl Read) -> Result<Self, StampError> {
        let mut text = String::new();
        let read = file.take(MAX_TEXT as u64 + 2).read_to_string(&mut text);
        read.map_err(|error| StampError::new(error.to_string()))?;
        Self::parse(text.trim_end())
    }

    /// Reads the text of a stamp.
    ///
    /// # Errors
    ///
    /// If the text is not a canonical JSON object of a known format, if a field is invalid, or if the
    /// fingerprint is not that of the rest.
    pub fn parse(text: &str) -> Result<Self, StampError> {
        if text.len() > MAX_TEXT {
            return Err(StampError::new(format!("the text is longer than {MAX_TEXT} bytes")));
        }
        let value: Value =
            serde_json::from_str(text).map_err(|error| StampError::new(error.to_string()))?;
        // Also rejects a key that stands twice, which JSON readers resolve differently.
        if canonical::text(&value) != text {
            return Err(StampError::new("the text is not in canonical form"));
        }
        within_limits(&value)?;
        let claimed = value.get("fingerprint").and_then(Value::as_str).unwrap_or_default();
        let fingerprint = fingerprint(&value)?;
        if claimed != fingerprint.to_string() {
            return Err(StampError::new("the fingerprint is not that of the rest of the stamp"));
        }
        // From the bytes, as a report is read: each further kind of source would have to be
        // compiled for all of these types.
        let facts: Facts = serde_json::from_slice(text.as_bytes())
            .map_err(|error| StampError::new(error.to_string()))?;
        facts.check()?;
        // An inventory takes its routes in any order.
        if facts.routes.is_some()
            && serde_json::to_value(&facts.routes).ok().as_ref() != value.get("routes")
        {
            return Err(StampError::new("`routes` is not sorted"));
        }
        Ok(Self { facts, fingerprint, text: text.into() })
    }

    /// The identity of the artifact: the SHA-256 of the canonical stamp without `fingerprint` and
    /// without `info`.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// What it states.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The canonical text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn fingerprint(stamp: &Value) -> Result<Digest, StampError> {
    let Value::Object(map) = stamp else {
        return Err(StampError::new("the text is not a JSON object"));
    };
    let identity = map
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "fingerprint" | "info"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Ok(Digest::of(canonical::text(&Value::Object(identity)).as_bytes()))
}

fn within_limits(value: &Value) -> Result<(), StampError> {
    match value {
        Value::String(string) if string.len() > MAX_STRING => {
            Err(StampError::new(format!("a string is longer than {MAX_STRING} bytes")))
        }
        Value::Array(items) if items.len() > MAX_ENTRIES => {
            Err(StampError::new(format!("a list has more than {MAX_ENTRIES} entries")))
        }
        Value::Array(items) => items.iter().try_for_each(within_limits),
        Value::Object(map) => map.iter().try_for_each(|(key, value)| {
            if key.len() > MAX_STRING {
                return Err(StampError::new("a key is too long"));
            }
            within_limits(value)
        }),
        Value::Number(number) if number.as_u64().is_none() => {
            Err(StampError::new(format!("`{number}` is not a natural number")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
