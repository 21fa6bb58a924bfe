use serde_json::{Value, json};

pub fn all() -> Value {
    json!([{ "step": "approve" }, { "step": "ship" }])
}
