//! The way that an answer came: who stands in between, and whether it answered out of a store.

use ureq::http::HeaderMap;

/// What the headers of an answer tell of its way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Way {
    /// Who stands in between, as it calls itself, with the header that says so.
    pub(crate) hop: Option<String>,
    /// The header by which the answer is a stored one, whole.
    pub(crate) stored: Option<String>,
}

/// Headers in which proxies say whether an answer was in their store. No standard names them.
const BY_CUSTOM: [&str; 5] =
    ["x-cache", "x-cache-status", "x-proxy-cache", "x-varnish-cache", "cf-cache-status"];

impl Way {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?.trim();
            (!value.is_empty()).then(|| value.chars().take(100).collect::<String>())
        };
        // A service may have a name of its own; what passes answers on names itself first.
        let hop = ["Via", "Server", "X-Served-By"]
            .into_iter()
            .find_map(|name| Some(format!("`{}` ({name})", text(name)?)));
        let mut stored = Vec::new();
        // RFC 9111, section 5.1. Varnish says 0 of what it has just fetched.
        stored.extend(
            text("age")
                .filter(|age| {
                    // Of several the first counts.
                    let first = age.split(',').next().unwrap_or_default().trim();
                    first.parse::<u64>().is_ok_and(|age| age > 0)
                })
                .map(|age| format!("Age: {age}")),
        );
        // RFC 9211, section 2.1.
        stored.extend(
            text("cache-status")
                .filter(|status| status.split([',', ';']).any(|word| word.trim() == "hit"))
                .map(|status| format!("Cache-Status: {status}")),
        );
        for name in BY_CUSTOM {
            let hit = |word: &str| ["HIT", "STALE", "UPDATING"].contains(&word);
            stored.extend(
                text(name)
                    .filter(|value| {
                        let value = value.to_ascii_uppercase();
                        value.split(|c: char| !c.is_ascii_alphanumeric()).any(hit)
                    })
                    .map(|value| format!("{name}: {value}")),
            );
        }
        Self { hop, stored: stored.into_iter().next() }
    }
}

#[cfg(test)]
mod tests {
    use ureq::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn headers_tell_of_the_way() {
        let way = |headers: &[(&str, &str)]| {
            let header = |(name, value): &(&str, &str)| {
                let name = name.parse::<HeaderName>().unwrap();
                (name, HeaderValue::from_str(value).unwrap())
            };
            Way::of(&headers.iter().map(header).collect())
        };
        assert_eq!(way(&[("Content-Type", "application/json")]), Way::default());
        let hop = way(&[("Server", "nginx/1.22.1"), ("Via", "1.1 varnish")]).hop;
        assert_eq!(hop.as_deref(), Some("`1.1 varnish` (Via)"));
        let hop = way(&[("Server", "nginx/1.22.1"), ("Via", "")]).hop;
        assert_eq!(hop.as_deref(), Some("`nginx/1.22.1` (Server)"));
        for (name, value, stored) in [
            ("Age", "12", true),
            ("Age", "0", false),
            ("Age", "5, 7", true),
            ("Age", "-1", false),
            ("Age", "old", false),
            ("Cache-Status", "ExampleCache; hit; ttl=30", true),
            ("Cache-Status", "OriginCache; hit, CDN; fwd=uri-miss", true),
            ("Cache-Status", "ExampleCache; fwd=miss; detail=hit-for-miss", false),
            ("X-Cache", "HIT", true),
            ("X-Cache", "Hit from cloudfront", true),
            ("X-Cache", "TCP_HIT", true),
            ("X-Cache", "MISS, MISS", false),
            ("X-Cache", "whitelist", false),
            ("X-Cache-Status", "STALE", true),
            ("X-Cache-Status", "BYPASS", false),
            ("X-Cache-Status", "REVALIDATED", false),
            ("CF-Cache-Status", "DYNAMIC", false),
        ] {
            assert_eq!(way(&[(name, value)]).stored.is_some(), stored, "{name}: {value}");
        }
    }
}
