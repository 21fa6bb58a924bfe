//! What is asked: conditions, and the status with which they fail.

use http::StatusCode;

use selfsame_core::compare::{Condition, ConditionError};
use selfsame_core::report::Level;

/// The most conditions of one request.
const MAX_CONDITIONS: usize = 64;

/// The longest query, in bytes.
const MAX_QUERY: usize = 16 * 1024;

/// The conditions of a request. Without any, the report is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) conditions: Vec<Condition>,
    pub(super) otherwise: StatusCode,
    /// The least level at which the report is asked for.
    pub(super) level: Level,
}

impl Question {
    /// Reads a query, and the commit of `/is/<commit>` if that is how it was asked. What is not
    /// understood is an error, never ignored: a typo must not read as "same".
    pub(super) fn parse(query: Option<&str>, is: Option<&str>) -> Result<Self, ConditionError> {
        let query = query.unwrap_or_default();
        if query.len() > MAX_QUERY {
            return Err(ConditionError::new("query", format!("is longer than {MAX_QUERY} bytes")));
        }
        let mut conditions = Vec::new();
        let mut otherwise = None;
        let mut level = None;
        let mut nonce = false;
        if let Some(commit) = is {
            conditions.push(Condition::parse("commit", commit)?);
        }
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == "else" {
                let status = match &*value {
                    "404" => StatusCode::NOT_FOUND,
                    "409" => StatusCode::CONFLICT,
                    "503" => StatusCode::SERVICE_UNAVAILABLE,
                    _ => return Err(ConditionError::new("else", "takes 404, 409 or 503")),
                };
                if otherwise.replace(status).is_some() {
                    return Err(ConditionError::new("else", "stands twice"));
                }
            } else if name == "level" {
                let least = match &*value {
                    "full" => Level::Full,
                    "summary" => Level::Summary,
                    _ => return Err(ConditionError::new("level", "takes full or summary")),
                };
                if level.replace(least).is_some() {
                    return Err(ConditionError::new("level", "stands twice"));
                }
            } else if name == "nonce" {
                if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    return Err(ConditionError::new("nonce", "takes letters and digits"));
                }
                if std::mem::replace(&mut nonce, true) {
                    return Err(ConditionError::new("nonce", "stands twice"));
                }
            } else if conditions.len() == MAX_CONDITIONS {
                return Err(ConditionError::new(
                    "query",
                    format!("has more than {MAX_CONDITIONS} conditions"),
                ));
            } else {
                conditions.push(Condition::parse(&name, &value)?);
            }
        }
        if conditions.is_empty() && otherwise.is_some() {
            return Err(ConditionError::new("else", "stands without a condition"));
        }
        Ok(Self {
            conditions,
            otherwise: otherwise.unwrap_or(StatusCode::CONFLICT),
            level: level.unwrap_or(Level::Verify),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "1f0c2d3e4b5a69788796a5b4c3d2e1f001234567";

    #[test]
    fn conditions_are_read_in_either_form() {
        let by_query = Question::parse(Some(&format!("commit={COMMIT}")), None).unwrap();
        let by_path = Question::parse(None, Some(COMMIT)).unwrap();
        assert_eq!(by_query, by_path);
        assert_eq!(by_query.otherwise, StatusCode::CONFLICT);

        let both = format!("route=GET%20/api/%7Bid%7D&route=POST+/api&else=503&commit={COMMIT}");
        let both = Question::parse(Some(&both), None).unwrap();
        assert_eq!(both.conditions.len(), 3);
        assert_eq!(both.otherwise, StatusCode::SERVICE_UNAVAILABLE);
        let route = Condition::Route { method: "GET".into(), path: "/api/{id}".into() };
        assert_eq!(both.conditions[0], route);
    }

    #[test]
    fn no_question_is_no_condition() {
        for query in [None, Some("")] {
            assert!(Question::parse(query, None).unwrap().conditions.is_empty());
        }
    }

    #[test]
    fn a_nonce_changes_nothing() {
        for (plain, query) in [
            ("", "nonce=1f0c2d3e".to_owned()),
            (&*format!("commit={COMMIT}&else=404"), format!("commit={COMMIT}&nonce=a&else=404")),
        ] {
            let plain = Question::parse(Some(plain), None).unwrap();
            assert_eq!(Question::parse(Some(&query), None).unwrap(), plain);
        }
    }

    #[test]
    fn what_is_not_understood_is_never_ignored() {
        let long = format!("commit={COMMIT}&x={}", "y".repeat(MAX_QUERY));
        let many = format!("commit={COMMIT}&").repeat(MAX_CONDITIONS + 1);
        for query in [
            "comit=1f0c2d3e4b5a69788796a5b4c3d2e1f001234567",
            "commit",
            "commit=",
            "commit=HEAD",
            "commit=1f0c2d",
            "Commit=1f0c2d3e4b5a69788796a5b4c3d2e1f001234567",
            "commit=1F0C2D3E4B5A69788796A5B4C3D2E1F001234567",
            "commit=%201f0c2d3e4b5a69788796a5b4c3d2e1f001234567",
            "content=1f0c",
            "module=",
            "module=workflow:",
            "module=:",
            "route=/api",
            "route=GET",
            "route=GET%20api",
            "route=get%20/api",
            "route=GET%20/api%3Fx=1",
            "route=GET%20%20/api",
            "clean=false",
            "nonce",
            "nonce=a%20b",
            "nonce=a&nonce=b",
            "nonce=a&else=404",
            "else=503",
            "level=verify",
            "level=",
            "level=full&level=full",
            "else=200&commit=1f0c2d3e4b5a69788796a5b4c3d2e1f001234567",
            "else=404&else=404&commit=1f0c2d3e4b5a69788796a5b4c3d2e1f001234567",
            "=",
            "&&x",
            &long,
            &many,
        ] {
            assert!(Question::parse(Some(query), None).is_err(), "{query:.80}");
        }
        assert!(Question::parse(None, Some("")).is_err());
        assert!(Question::parse(None, Some("main")).is_err());
    }
}
