//! The JSON Schemas in `schema/`, compiled.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use super::package;

pub const NAMES: [&str; 7] = ["stamp", "report", "problem", "check", "hash", "inspect", "locate"];

/// The text of a schema.
pub fn text(name: &str) -> Value {
    let path = package().join("schema").join(format!("{name}.schema.json"));
    let text = std::fs::read_to_string(&path).expect("the schema is there");
    serde_json::from_str(&text).expect("it is JSON")
}

/// A schema, compiled.
pub struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    /// The schema of that name, so strict that nothing may stand in a document that it does not
    /// describe.
    pub fn of(name: &str) -> Self {
        Self::compiled(name, true)
    }

    /// The schema of that name, as it is.
    pub fn as_published(name: &str) -> Self {
        Self::compiled(name, false)
    }

    fn compiled(name: &str, strict: bool) -> Self {
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        for name in NAMES {
            let mut schema = text(name);
            if strict {
                close(&mut schema);
            }
            compiler.add_resource(&urn(name), schema).expect("it is a schema");
        }
        let mut schemas = Schemas::new();
        let index = compiler.compile(&urn(name), &mut schemas);
        let index = index.unwrap_or_else(|error| panic!("the schema {name}: {error:#}"));
        Self { schemas, index }
    }

    pub fn is_valid(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).is_ok()
    }

    #[track_caller]
    pub fn assert(&self, value: &Value) {
        if let Err(error) = self.schemas.validate(value, self.index) {
            panic!("{error:#}\n{value:#}");
        }
    }
}

fn urn(name: &str) -> String {
    format!("urn:selfsame:schema:{name}:1")
}

/// Lets an object have the described fields and no others.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let is_object = map.contains_key("type") && map.contains_key("properties");
            if is_object && !map.contains_key("additionalProperties") {
                map.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            map.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
