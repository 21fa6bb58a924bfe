//! A place in a text, and the few kinds of token that `{:?}` prints there.

use super::ReadError;

/// Goes through a text without ever going back over what was taken.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Takes exactly this, spaces included, or nothing.
    pub(super) fn take(&mut self, literal: &str) -> bool {
        let there = self.rest().starts_with(literal);
        if there {
            self.at += literal.len();
        }
        there
    }

    /// Takes exactly this, spaces included.
    pub(super) fn expect(&mut self, literal: &str) -> Result<(), ReadError> {
        if self.take(literal) { Ok(()) } else { Err(self.unexpected(&format!("`{literal}`"))) }
    }

    /// Takes the first of these that is there, and says which.
    pub(super) fn choose<T: Copy>(&mut self, literals: &[(&str, T)]) -> Result<T, ReadError> {
        for (literal, value) in literals {
            if self.take(literal) {
                return Ok(*value);
            }
        }
        let names: Vec<_> = literals.iter().map(|(literal, _)| format!("`{literal}`")).collect();
        Err(self.unexpected(&names.join(" or ")))
    }

    /// Takes the rest of a list: items with a comma and a space between them, up to `close`.
    pub(super) fn items<T>(
        &mut self,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        let mut items = Vec::new();
        while !self.take(close) {
            if !items.is_empty() {
                self.expect(", ")?;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Takes a decimal number as `{:?}` prints it: no sign, no leading zero.
    pub(super) fn number(&mut self) -> Result<u64, ReadError> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = &rest[..end];
        match digits.parse() {
            Ok(number) if digits == "0" || !digits.starts_with('0') => {
                self.at += end;
                Ok(number)
            }
            _ => Err(self.unexpected("a number")),
        }
    }

    /// Takes a string literal and gives what it stands for.
    pub(super) fn string(&mut self) -> Result<String, ReadError> {
        if !self.take("\"") {
            return Err(self.unexpected("a string"));
        }
        let mut string = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find(['"', '\\']) else {
                self.at = self.text.len();
                return Err(self.unexpected("the end of a string"));
            };
            string.push_str(&rest[..end]);
            self.at += end;
            if self.take("\"") {
                return Ok(string);
            }
            string.push(self.escape()?);
        }
    }

    /// Takes one escape sequence of a string literal.
    fn escape(&mut self) -> Result<char, ReadError> {
        const SIMPLE: &[(&str, char)] = &[
            ("\\\"", '"'),
            ("\\\\", '\\'),
            ("\\t", '\t'),
            ("\\n", '\n'),
            ("\\r", '\r'),
            ("\\0", '\0'),
        ];
        for (escape, meant) in SIMPLE {
            if self.take(escape) {
                return Ok(*meant);
            }
        }
        let start = self.at;
        let meant = self.rest().strip_prefix("\\u{").and_then(|rest| {
            let digits = &rest[..rest.find('}')?];
            let lowercase_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            if digits.len() > 6 || digits.starts_with('0') || !digits.bytes().all(lowercase_hex) {
                return None;
            }
            let code = u32::from_str_radix(digits, 16).ok()?;
            Some((char::from_u32(code)?, digits.len()))
        });
        match meant {
            Some((meant, digits)) => {
                self.at = start + "\\u{}".len() + digits;
                Ok(meant)
            }
            // What follows is part of a path: it is not shown.
            None => Err(ReadError::at(start, "unknown escape sequence")),
        }
    }

    /// Takes a byte string literal that consists of method names and commas.
    pub(super) fn method_bytes(&mut self) -> Result<&'a str, ReadError> {
        self.expect("b\"")?;
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != ',').unwrap_or(rest.len());
        self.at += end;
        self.expect("\"")?;
        Ok(&rest[..end])
    }

    /// Checks that nothing is left.
    pub(super) fn end(&self) -> Result<(), ReadError> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.unexpected("the end")) }
    }

    /// An error for what stands here instead of what was expected.
    ///
    /// What is shown ends before a quote, so that no path of the service gets into a message that
    /// callers may see who are not shown the routes.
    pub(super) fn unexpected(&self, expected: &str) -> ReadError {
        /// Enough to recognise a field by, in characters.
        const SHOWN: usize = 24;

        let rest = self.rest();
        let found = if rest.is_empty() {
            "the end".to_owned()
        } else if rest.starts_with('"') {
            "a string".to_owned()
        } else {
            let shown = rest.split('"').next().unwrap_or_default();
            let shown: String = shown.chars().take(SHOWN).collect();
            format!("`{}`", shown.escape_debug())
        };
        ReadError::at(self.at, format!("expected {expected}, found {found}"))
    }
}
