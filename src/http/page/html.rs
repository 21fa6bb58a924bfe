//! Text that becomes HTML.

use std::fmt::{self, Display, Write as _};

use selfsame_core::routes::is_hidden;

/// A page, or a piece of one. What is not a literal of ours gets in by [`text`](Self::text) and what
/// is made of it, escaped.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of our own.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, which shows as what it is, also as the value of a quoted attribute.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        let _ = write!(Escape(&mut self.0), "{text}");
        self
    }

    /// A name, a hash or a path.
    pub(super) fn code(&mut self, text: impl Display) -> &mut Self {
        self.markup("<code>").text(text).markup("</code>")
    }

    /// A sentence, in which names stand between backticks.
    pub(super) fn prose(&mut self, text: &str) -> &mut Self {
        for (place, part) in text.split('`').enumerate() {
            if place % 2 == 1 {
                self.code(part);
            } else {
                self.text(part);
            }
        }
        self
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Escapes what means something in HTML, and writes as `\u{202e}` what would not be seen or would
/// change how what stands beside it looks.
struct Escape<'a>(&'a mut String);

impl fmt::Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                ' ' | '\n' => self.0.push(c),
                c if is_hidden(c) => write!(self.0, "\\u{{{:x}}}", u32::from(c))?,
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        for (text, expected) in [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\"'&amp;", "&quot;&#39;&amp;amp;"),
            ("a\u{202e}b\u{0}c\u{200b}", "a\\u{202e}b\\u{0}c\\u{200b}"),
            ("日本語\r\n", "日本語\\u{d}\n"),
        ] {
            let mut html = Html::default();
            html.text(text);
            assert_eq!(html.into_string(), expected);
        }
    }

    #[test]
    fn names_between_backticks_are_code() {
        for (text, expected) in [
            ("at `/app/<b>`: gone", "at <code>/app/&lt;b&gt;</code>: gone"),
            ("none", "none"),
            ("one ` alone", "one <code> alone</code>"),
        ] {
            let mut html = Html::default();
            html.prose(text);
            assert_eq!(html.into_string(), expected);
        }
    }
}
