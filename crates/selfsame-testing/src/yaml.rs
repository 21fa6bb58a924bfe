//! YAML files that others read: workflows, actions, manifests.

use std::path::Path;

use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

/// The documents of a text.
#[track_caller]
pub fn parse(text: &str) -> Vec<Value> {
    let documents = YamlLoader::load_from_str(text);
    let documents = documents.unwrap_or_else(|error| panic!("{error}:\n{text}"));
    assert!(!documents.is_empty(), "there is no document");
    documents.iter().map(value).collect()
}

/// The one document of a text.
#[track_caller]
pub fn parse_one(text: &str) -> Value {
    let mut documents = parse(text);
    assert_eq!(documents.len(), 1, "{text}");
    documents.remove(0)
}

/// The one document of a file.
#[track_caller]
pub fn read_one(path: &Path) -> Value {
    let text = std::fs::read_to_string(path);
    parse_one(&text.unwrap_or_else(|error| panic!("`{}`: {error}", path.display())))
}

fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => Value::from(text.as_str()),
        Yaml::Integer(number) => Value::from(*number),
        Yaml::Real(text) => Value::from(text.parse::<f64>().expect("it is a number")),
        Yaml::Boolean(truth) => Value::from(*truth),
        Yaml::Array(list) => list.iter().map(value).collect(),
        Yaml::Hash(pairs) => {
            let pair = |(key, inner): (&Yaml, &Yaml)| {
                (key.as_str().expect("a key is a string").to_owned(), value(inner))
            };
            Value::from(pairs.iter().map(pair).collect::<Map<_, _>>())
        }
        Yaml::Null => Value::Null,
        Yaml::Alias(_) | Yaml::BadValue => panic!("what is not a value"),
    }
}
