//! Characters that a terminal does not show, or that change how it shows others. What a stranger's
//! server, image or repository named must not.

/// Code points of the categories Cc, Zl and Zp, those that turn the direction of text, and those
/// that Unicode 16 calls `Default_Ignorable_Code_Point`, which most fonts show as nothing.
const HIDDEN: [(char, char); 26] = [
    ('\0', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
    ('\u{f0000}', '\u{ffffd}'),
    ('\u{100000}', '\u{10fffd}'),
    ('\u{10fffe}', '\u{10ffff}'),
];

/// Whether a character is one of them.
pub(crate) fn is_hidden(c: char) -> bool {
    // Nearly every character is one of these.
    !matches!(c, ' '..='~') && HIDDEN.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_hidden_and_what_is_seen_is_not() {
        for c in "\u{1b}\n\u{85}\u{61c}\u{200b}\u{200d}\u{202e}\u{2066}\u{feff}\u{e0041}".chars() {
            assert!(is_hidden(c), "{c:?}");
        }
        for c in "a ~é€ß中🦀אب".chars() {
            assert!(!is_hidden(c), "{c:?}");
        }
        assert!(HIDDEN.windows(2).all(|pair| pair[0].1 < pair[1].0), "they are sorted");
    }
}
