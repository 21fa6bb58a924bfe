//! What no output may show, wherever it comes from: a server may send back what it was sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::credentials::Credentials;

/// The shortest text that is hidden, in bytes: a value such as `1` stands everywhere.
const SHORTEST: usize = 4;

/// So many first characters of a secret are hidden too: fewer could be anything.
const SHORTEST_CUT: usize = 8;

/// The values of all credentials, and the tokens and passwords within them. The longest first, so
/// that none is left over in part.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn of(credentials: &[&Credentials]) -> Self {
        let mut secrets: Vec<String> = credentials
            .iter()
            .flat_map(|credentials| credentials.values())
            .flat_map(within)
            .flat_map(|secret| [encoded(&secret), secret])
            .filter(|secret| secret.len() >= SHORTEST)
            .collect();
        secrets.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self(secrets)
    }

    /// These and the others.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self.0.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.0.dedup();
        self
    }

    /// The text without them, and without the beginning of one that was cut.
    pub(crate) fn hide(&self, text: &str) -> String {
        let whole = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"));
        self.0.iter().fold(whole, |text, secret| without_cut(text, secret))
    }
}

/// Hides what is left of a secret where a text was cut within it: its beginning, as far as it goes.
/// Names within a header's value, as of a cookie, are not secret.
fn without_cut(text: String, secret: &str) -> String {
    let is_one_word = !secret.trim_end_matches('=').contains([' ', ';', '=', ',']);
    let Some((length, _)) = secret.char_indices().nth(SHORTEST_CUT).filter(|_| is_one_word) else {
        return text;
    };
    let mut hidden = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find(&secret[..length]) {
        let same = |(one, other): &(char, char)| one == other;
        let pairs = rest[at..].chars().zip(secret.chars()).take_while(same);
        let length: usize = pairs.map(|(c, _)| c.len_utf8()).sum();
        hidden.push_str(&rest[..at]);
        hidden.push('…');
        rest = &rest[at + length..];
    }
    hidden.push_str(rest);
    hidden
}

/// A header's value and what is secret within it: the token behind a scheme, the password of Basic,
/// the value of each cookie.
fn within(value: &str) -> Vec<String> {
    let mut secrets = vec![value.to_owned()];
    let token = value.split_once(' ').map_or(value, |(_, token)| token.trim());
    secrets.push(token.to_owned());
    for pair in value.split([';', ',']) {
        if let Some((_, value)) = pair.split_once('=') {
            secrets.push(value.trim().trim_matches('"').to_owned());
        }
    }
    if let Some(basic) = STANDARD.decode(token).ok().and_then(|text| String::from_utf8(text).ok())
        && let Some((_, password)) = basic.split_once(':')
    {
        secrets.push(password.to_owned());
        secrets.push(basic);
    }
    secrets
}

/// As it stands in a URL that carries it.
fn encoded(secret: &str) -> String {
    form_urlencoded::byte_serialize(secret.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(value: &str, text: &str) -> String {
        let mut credentials = Credentials::default();
        credentials.push("x-key".parse().unwrap(), value.parse().unwrap());
        Secrets::of(&[&credentials]).hide(text)
    }

    #[test]
    fn what_is_secret_within_a_value_is_hidden_too() {
        for (value, said, shown) in [
            ("Bearer tok/en+1==", "no tok/en+1== here", "no … here"),
            ("Bearer tok/en+1==", "/login/tok%2Fen%2B1%3D%3D", "/login/…"),
            ("Basic YWRhOmxvdmVsYWNl", "ada:lovelace and lovelace", "… and …"),
            ("session=abcdef; theme=\"dark-one\"", "abcdef, dark-one", "…, …"),
            ("abcd, x=abcdefgh", "abcdefgh abcd, x=abcdefgh", "… …"),
            ("1", "status 1", "status 1"),
        ] {
            assert_eq!(hidden(value, said), shown, "{value}");
        }
    }
    #[test]
    fn what_a_cut_leaves_of_a_secret_is_hidden_too() {
        for (value, said, shown) in [
            ("Bearer correct-horse-battery", "it said correct-horse-b…", "it said ……"),
            ("Bearer correct-horse-battery", "correct-h, correct-horse", "…, …"),
            ("Bearer correct-horse-battery", "correct- and correct", "… and correct"),
            ("Bearer correct-horse-battery", "Bearer is the scheme", "Bearer is the scheme"),
            ("session=abcdefghijklmnop", "the cookie session=…", "the cookie session=…"),
            ("session=abcdefghijklmnop", "session=abcdefghij", "session=…"),
        ] {
            assert_eq!(hidden(value, said), shown, "{value}: {said}");
        }
    }
}
