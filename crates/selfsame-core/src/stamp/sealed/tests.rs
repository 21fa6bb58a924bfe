use super::*;
use crate::routes::Inventory;
use crate::stamp::{Declared, Module, Origin, Revision, Tree};

fn facts() -> Facts {
    let mut facts = Facts::new("api", "1.0.0");
    facts.commit = Some("1f0c2d3e4b5a69788796a5b4c3d2e1f001234567".parse().unwrap());
    facts.revision = Revision { origin: Origin::Git, tree: Tree::Clean };
    facts.content = Some(Digest::of(b"content"));
    facts.modules = ["billing", "workflow"]
        .map(|name| Module {
            name: name.to_owned(),
            path: format!("src/modules/{name}"),
            sha256: Digest::of(name.as_bytes()),
            files: 2,
            bytes: 100,
            declared: Some(Declared::Yes),
        })
        .into();
    facts
}

#[test]
fn a_sealed_stamp_reads_back_as_it_was() {
    let stamp = Stamp::seal(facts()).unwrap();
    assert_eq!(Stamp::parse(stamp.text()).unwrap(), stamp);
    assert!(stamp.text().is_ascii());
    assert_eq!(stamp.facts().modules[1].name, "workflow");
}

#[test]
fn information_is_outside_the_fingerprint_and_everything_else_is_inside() {
    let stamp = Stamp::seal(facts()).unwrap();
    let mut told = facts();
    told.info.branch = Some("main".to_owned());
    assert_eq!(Stamp::seal(told).unwrap().fingerprint(), stamp.fingerprint());
    let mut other = facts();
    other.build.target = Some("wasm32-unknown-unknown".to_owned());
    assert_ne!(Stamp::seal(other).unwrap().fingerprint(), stamp.fingerprint());
}

#[test]
fn a_missing_fact_has_a_reason_and_a_known_one_has_none() {
    let mut unknown = Facts::new("api", "1.0.0");
    unknown.unknown("commit", "no .git here");
    let stamp = Stamp::seal(unknown).unwrap();
    assert_eq!(stamp.facts().unknown["commit"], "no .git here");
    let stamp = Stamp::seal(facts()).unwrap();
    assert!(stamp.facts().unknown.is_empty());

    let mut silent = facts();
    silent.content = None;
    silent.unknown.clear();
    let error = Stamp::seal(silent).unwrap_err().to_string();
    assert!(error.contains("`content` is missing without a reason"), "{error}");
}

#[test]
fn fields_of_a_later_writer_are_kept_out_of_the_way() {
    let stamp = Stamp::seal(facts()).unwrap();
    let mut value: Value = serde_json::from_str(stamp.text()).unwrap();
    value["later"] = Value::Bool(true);
    let fingerprint = fingerprint(&value).unwrap();
    value["fingerprint"] = Value::String(fingerprint.to_string());
    let parsed = Stamp::parse(&canonical::text(&value)).unwrap();
    assert_eq!(parsed.fingerprint(), fingerprint);
    assert_eq!(parsed.facts(), stamp.facts());
}

#[test]
fn a_text_that_was_tampered_with_is_refused() {
    let text = Stamp::seal(facts()).unwrap().text().to_owned();
    for (from, to, why) in [
        ("\"clean\"", "\"dirty\"", "fingerprint"),
        ("\"name\":\"api\"", "\"name\": \"api\"", "canonical"),
        ("\"files\":2", "\"files\":-2", "natural number"),
        ("\"files\":2", "\"files\":2.5", "natural number"),
        ("{\"build\"", "{\"build\":1,\"build\"", "canonical"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let error = Stamp::parse(&changed).unwrap_err().to_string();
        assert!(error.contains(why), "{from} → {to}: {error}");
    }
    for cut in 0..text.len() {
        assert!(Stamp::parse(&text[..cut]).is_err());
    }
}

#[test]
fn a_format_that_is_not_known_is_not_guessed_at() {
    let mut later = facts();
    later.format = 2;
    let error = Stamp::seal(later).unwrap_err().to_string();
    assert!(error.contains("format 2") && error.contains("newer selfsame"), "{error}");
}

#[test]
fn the_list_of_routes_is_part_of_what_was_built() {
    let mut kept = facts();
    kept.scope.routes = Some("src/routes.txt".to_owned());
    kept.routes = Some("POST /a\nGET /a/{id}\nfallback /\n".parse().unwrap());
    let stamp = Stamp::seal(kept.clone()).unwrap();
    let parsed = Stamp::parse(stamp.text()).unwrap();
    assert_eq!(parsed.facts().routes, kept.routes);
    assert_ne!(stamp.fingerprint(), Stamp::seal(facts()).unwrap().fingerprint());

    kept.routes = Some(Inventory::new([]).unwrap());
    let error = Stamp::seal(kept).unwrap_err().to_string();
    assert!(error.contains("`routes`"), "{error}");
}

/// A reader takes routes in the one order that a writer gives them, or not at all.
#[test]
fn a_list_of_routes_that_no_writer_writes_is_refused() {
    let mut kept = facts();
    kept.scope.routes = Some("src/routes.txt".to_owned());
    kept.routes = Some("GET /a\nany /b\n".parse().unwrap());
    let text = Stamp::seal(kept).unwrap().text().to_owned();
    let (a, b) = (r#"{"methods":["GET","HEAD"],"path":"/a"}"#, r#"{"any":true,"path":"/b"}"#);
    let list = format!("[{a},{b}]");
    assert!(text.contains(&list), "{text}");
    for other in [
        format!("[{b},{a}]"),
        format!("[{a},{a}]"),
        "[]".to_owned(),
        "{}".to_owned(),
        list.replace("[\"GET\",\"HEAD\"]", "[\"HEAD\",\"GET\"]"),
        list.replace("\"any\":true", "\"every\":true"),
    ] {
        let mut value: Value = serde_json::from_str(&text.replace(&list, &other)).unwrap();
        let fingerprint = fingerprint(&value).unwrap();
        value["fingerprint"] = Value::String(fingerprint.to_string());
        assert!(Stamp::parse(&canonical::text(&value)).is_err(), "{other}");
    }
}

#[test]
fn a_module_that_stands_twice_is_refused() {
    let mut twice = facts();
    twice.modules[1].name = "billing".to_owned();
    let error = Stamp::seal(twice).unwrap_err().to_string();
    assert!(error.contains("names `billing` twice"), "{error}");
}
