//! `@FILE` and `@-`: a URL or an address a line, or the JSON of Prometheus' `file_sd`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::Deserialize;

use super::{Listing, MAX_LIST, Replica, Ways, base};
use crate::error::Failure;

/// A group of `file_sd`. What else stands in it is nobody's business here.
#[derive(Debug, Deserialize)]
struct Group {
    targets: Vec<String>,
    #[serde(default)]
    labels: std::collections::BTreeMap<String, String>,
}

pub(super) fn list(path: &Path, ways: Ways<'_>) -> Result<Listing, Failure> {
    let (shown, bytes) = if path == Path::new("-") {
        ("standard input".to_owned(), standard_input())
    } else {
        (format!("`{}`", path.display()), File::open(path).and_then(read))
    };
    let fail = |why: &str| Failure::new(format!("the list of replicas in {shown} {why}"));
    let bytes = bytes.map_err(|error| fail(&format!("cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| fail("is not UTF-8"))?;
    let addresses = addresses(&text).map_err(|why| fail(&why))?;
    let mut seen = BTreeSet::new();
    let mut replicas = Vec::new();
    for address in addresses {
        let base =
            base(&address, ways.at).map_err(|failure| fail(&format!("is invalid: {failure}")))?;
        // Who is listed twice is one replica.
        if seen.insert(base.to_string()) {
            replicas.push(Replica::at(base));
        }
    }
    Ok(Listing { replicas, ..Listing::default() })
}

/// Standard input can be read once, and is asked for in each round.
fn standard_input() -> io::Result<Vec<u8>> {
    static READ: OnceLock<Mutex<Option<Vec<u8>>>> = OnceLock::new();
    let mut known = READ.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if known.is_none() {
        *known = Some(read(io::stdin().lock())?);
    }
    Ok(known.clone().unwrap_or_default())
}

fn read(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_LIST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_LIST {
        return Err(io::Error::other(format!("it is longer than {MAX_LIST} bytes")));
    }
    Ok(bytes)
}

/// The URLs that a list comes to.
fn addresses(text: &str) -> Result<Vec<String>, String> {
    if text.trim_start().starts_with('[') {
        let groups: Vec<Group> = serde_json::from_str(text)
            .map_err(|error| format!("is neither lines nor JSON as of file_sd: {error}"))?;
        let url = |group: &Group, target: &str| {
            let scheme = group.labels.get("__scheme__").map_or("http", String::as_str);
            url(target, scheme)
        };
        return Ok(groups
            .iter()
            .flat_map(|group| group.targets.iter().map(|target| url(group, target)))
            .collect());
    }
    let lines = text.lines().map(str::trim);
    Ok(lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| url(line, "http"))
        .collect())
}

/// A target of Prometheus is a host and a port.
fn url(target: &str, scheme: &str) -> String {
    if target.contains("://") { target.to_owned() } else { format!("{scheme}://{target}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_lines_or_file_sd() {
        let lines = "# replicas\n10.0.0.1:8080\n\n https://api-2.example.com \r\n";
        assert_eq!(
            addresses(lines).unwrap(),
            ["http://10.0.0.1:8080", "https://api-2.example.com"]
        );
        let json = r#"[{"targets": ["10.0.0.1:80", "10.0.0.2:80"], "labels": {"job": "api"}},
                       {"targets": ["a:443"], "labels": {"__scheme__": "https"}}]"#;
        let expected = ["http://10.0.0.1:80", "http://10.0.0.2:80", "https://a:443"];
        assert_eq!(addresses(json).unwrap(), expected);
        assert_eq!(addresses("").unwrap(), <[&str; 0]>::default());
        assert!(addresses("[1]").unwrap_err().contains("file_sd"));
    }

    #[test]
    fn a_list_has_a_length() {
        let long = io::repeat(b'x').take(MAX_LIST + 1);
        assert!(read(long).unwrap_err().to_string().contains("longer than"));
    }
}
