//! Who asks: a caller with a token, one without, or one with a wrong one.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderMap};
use subtle::{Choice, ConstantTimeEq as _};

use super::config::Secret;
use selfsame_core::environment::Environment;
use selfsame_core::stamp::Digest;

/// The fewest bytes of a token: what is shorter can be tried out.
const MIN_TOKEN: usize = 16;

/// The longest file of tokens, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// The tokens that open the full report, as digests: they can be compared in constant time whatever
/// their length, and no memory dump shows them.
#[derive(Debug)]
pub(super) struct Tokens(Vec<Digest>);

/// What a caller presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    Anonymous,
    Trusted,
    Refused,
}

impl Tokens {
    /// Collects the tokens of the builder and of the environment. An unusable one is left out
    /// with a warning, since a diagnostic must not keep a service from starting.
    pub(super) fn collect(given: &[Secret], environment: &Environment) -> Self {
        let mut tokens = Vec::new();
        for token in given {
            keep(&mut tokens, &token.0, "SelfCheck::token");
        }
        if let Some(value) = environment.get("SELFSAME_TOKEN") {
            if let Some(value) = value.to_str() {
                keep_all(&mut tokens, value, "SELFSAME_TOKEN");
            } else {
                // Altered to UTF-8 it would be a token that nobody has.
                tracing::warn!(
                    "selfsame: SELFSAME_TOKEN is ignored, since it is not UTF-8: set another one"
                );
            }
        }
        if let Some(path) = environment.get("SELFSAME_TOKEN_FILE") {
            match read(Path::new(path)) {
                Ok(text) => keep_all(&mut tokens, &text, "the file of SELFSAME_TOKEN_FILE"),
                Err(error) => tracing::warn!(
                    path = %Path::new(path).display(),
                    %error,
                    "selfsame: SELFSAME_TOKEN_FILE cannot be read and opens nothing"
                ),
            }
        }
        Self(tokens)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Their digests, which key what leaves the process.
    pub(super) fn keys(&self) -> &[Digest] {
        &self.0
    }

    pub(super) fn judge(&self, headers: &HeaderMap) -> Caller {
        if !headers.contains_key(AUTHORIZATION) {
            return Caller::Anonymous;
        }
        let trusted = headers.get_all(AUTHORIZATION).iter().all(|value| {
            presented(value.as_bytes()).is_some_and(|token| {
                let presented = Digest::of(&token);
                // Each token is compared, so that the time does not tell which one it was.
                let equal = self.0.iter().fold(Choice::from(0), |equal, token| {
                    equal | token.as_bytes().ct_eq(presented.as_bytes())
                });
                bool::from(equal)
            })
        });
        if trusted { Caller::Trusted } else { Caller::Refused }
    }
}

fn keep_all(tokens: &mut Vec<Digest>, text: &str, source: &str) {
    if text.trim().is_empty() {
        keep(tokens, "", source);
    }
    for token in text.split_whitespace() {
        keep(tokens, token, source);
    }
}

fn keep(tokens: &mut Vec<Digest>, token: &str, source: &str) {
    if token.len() < MIN_TOKEN || token.contains(char::is_whitespace) {
        tracing::warn!(
            source,
            "selfsame: a token is ignored, since it is shorter than {MIN_TOKEN} bytes or has white \
             space in it"
        );
    } else {
        tokens.push(Digest::of(token.as_bytes()));
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;

    let mut text = String::new();
    selfsame_core::tree::open(path)?.take(MAX_FILE + 1).read_to_string(&mut text)?;
    // The last token in it would be cut.
    if text.len() as u64 > MAX_FILE {
        return Err(std::io::Error::other(format!("longer than {MAX_FILE} bytes")));
    }
    Ok(text)
}

/// The token in an `Authorization` header: Bearer, or the password of Basic ([RFC 7617]).
///
/// [RFC 7617]: https://www.rfc-editor.org/rfc/rfc7617
fn presented(header: &[u8]) -> Option<Vec<u8>> {
    let space = header.iter().position(|byte| *byte == b' ')?;
    let (scheme, rest) = header.split_at(space);
    let rest = rest.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"bearer") {
        Some(rest.to_vec())
    } else if scheme.eq_ignore_ascii_case(b"basic") {
        let decoded = STANDARD.decode(rest).ok()?;
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        Some(decoded[colon + 1..].to_vec())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const TOKEN: &str = "correct-horse-battery";

    fn judge(tokens: &Tokens, authorization: &str) -> Caller {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
        tokens.judge(&headers)
    }

    fn tokens(variables: &[(&str, &str)]) -> Tokens {
        Tokens::collect(&[], &variables.iter().copied().collect())
    }

    #[test]
    fn bearer_and_the_password_of_basic_open() {
        let tokens = tokens(&[("SELFSAME_TOKEN", TOKEN)]);
        let basic = |user: &str, password: &str| {
            format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
        };
        for good in [
            format!("Bearer {TOKEN}"),
            format!("bearer {TOKEN}"),
            basic("", TOKEN),
            basic("ops", TOKEN),
        ] {
            assert_eq!(judge(&tokens, &good), Caller::Trusted, "{good}");
        }
        for bad in [
            "Bearer",
            "Bearer ",
            "Bearer wrong-horse-battery",
            &format!("Bearer {TOKEN}x"),
            &format!("Token {TOKEN}"),
            TOKEN,
            "Basic !!!",
            &basic(TOKEN, ""),
        ] {
            assert_eq!(judge(&tokens, bad), Caller::Refused, "{bad}");
        }
        assert_eq!(tokens.judge(&HeaderMap::new()), Caller::Anonymous);
    }

    #[test]
    fn every_token_of_a_rotation_opens_and_weak_ones_do_not() {
        let next = "the-next-token-1234";
        let rotated = tokens(&[("SELFSAME_TOKEN", &format!("{TOKEN} {next}"))]);
        assert_eq!(judge(&rotated, &format!("Bearer {TOKEN}")), Caller::Trusted);
        assert_eq!(judge(&rotated, &format!("Bearer {next}")), Caller::Trusted);

        for weak in ["", "short", "   "] {
            let tokens = tokens(&[("SELFSAME_TOKEN", weak)]);
            assert_eq!(judge(&tokens, &format!("Bearer {weak}")), Caller::Refused, "{weak:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_token_that_is_not_utf_8_is_refused_and_not_altered() {
        use std::ffi::OsString;
        use std::os::unix::ffi::OsStringExt as _;

        let bytes = [TOKEN.as_bytes(), b"\xff"].concat();
        let variable = ("SELFSAME_TOKEN", OsString::from_vec(bytes.clone()));
        let tokens = Tokens::collect(&[], &[variable].into_iter().collect());
        assert_eq!(tokens.len(), 0);
        let altered = String::from_utf8_lossy(&bytes);
        for sent in [altered.as_bytes(), &bytes] {
            let mut headers = HeaderMap::new();
            let sent = [b"Bearer ", sent].concat();
            headers.insert(AUTHORIZATION, HeaderValue::from_bytes(&sent).unwrap());
            assert_eq!(tokens.judge(&headers), Caller::Refused);
        }
    }

    #[test]
    fn a_file_of_tokens_that_is_too_long_is_refused_and_not_cut() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens");
        let text = format!("{TOKEN}\n").repeat(65_536 / (TOKEN.len() + 1) + 1);
        let from_file = |text: &str| {
            std::fs::write(&path, text).unwrap();
            tokens(&[("SELFSAME_TOKEN_FILE", path.to_str().unwrap())]).len()
        };
        assert_eq!(from_file(&text), 0);
        assert!(from_file(&text[..65_536]) > 1_000);
    }

    #[test]
    fn no_debug_output_shows_a_token() {
        let secret = Secret(TOKEN.to_owned());
        let tokens = Tokens::collect(std::slice::from_ref(&secret), &Environment::default());
        assert!(!format!("{secret:?} {tokens:?}").contains(TOKEN));
    }
}
