//! How a response came: which proxy passed it on, and whether it was cached.

use selfsame_core::findings::Via;
use ureq::http::HeaderMap;

/// Headers in which proxies say whether an answer was in their store. No standard names them.
const BY_CUSTOM: [&str; 5] =
    ["x-cache", "x-cache-status", "x-proxy-cache", "x-varnish-cache", "cf-cache-status"];

/// Reads the headers of a response.
pub(crate) fn of(headers: &HeaderMap) -> Via {
    let text = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?.trim();
        (!value.is_empty()).then(|| value.chars().take(100).collect::<String>())
    };
    // A service may have a name too; a proxy names itself first.
    let proxy = ["Via", "Server", "X-Served-By"]
        .into_iter()
        .find_map(|name| Some(format!("`{}` ({name})", text(name)?)));
    let mut cached = Vec::new();
    // RFC 9111, section 5.1. Varnish says 0 of what it has just fetched.
    cached.extend(
        text("age")
            .filter(|age| {
                // Of several the first counts.
                let first = age.split(',').next().unwrap_or_default().trim();
                first.parse::<u64>().is_ok_and(|age| age > 0)
            })
            .map(|age| format!("Age: {age}")),
    );
    // RFC 9211, section 2.1.
    cached.extend(
        text("cache-status")
            .filter(|status| status.split([',', ';']).any(|word| word.trim() == "hit"))
            .map(|status| format!("Cache-Status: {status}")),
    );
    for name in BY_CUSTOM {
        let hit = |word: &str| ["HIT", "STALE", "UPDATING"].contains(&word);
        cached.extend(
            text(name)
                .filter(|value| {
                    let value = value.to_ascii_uppercase();
                    value.split(|c: char| !c.is_ascii_alphanumeric()).any(hit)
                })
                .map(|value| format!("{name}: {value}")),
        );
    }
    let mut via = Via::default();
    via.proxy = proxy;
    via.cached = cached.into_iter().next();
    via
}
#[cfg(test)]
mod tests {
    use ureq::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn headers_show_proxies_and_caches() {
        let via = |headers: &[(&str, &str)]| {
            let header = |(name, value): &(&str, &str)| {
                let name = name.parse::<HeaderName>().unwrap();
                (name, HeaderValue::from_str(value).unwrap())
            };
            of(&headers.iter().map(header).collect())
        };
        assert_eq!(via(&[("Content-Type", "application/json")]), Via::default());
        let proxy = via(&[("Server", "nginx/1.22.1"), ("Via", "1.1 varnish")]).proxy;
        assert_eq!(proxy.as_deref(), Some("`1.1 varnish` (Via)"));
        let proxy = via(&[("Server", "nginx/1.22.1"), ("Via", "")]).proxy;
        assert_eq!(proxy.as_deref(), Some("`nginx/1.22.1` (Server)"));
        for (name, value, cached) in [
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
            assert_eq!(via(&[(name, value)]).cached.is_some(), cached, "{name}: {value}");
        }
    }
}
