use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::{Value, json};

pub fn all() -> Value {
    json!([{ "id": 1, "cents": 129_00 }, { "id": 2, "cents": 99_00 }])
}

pub async fn one(Path(id): Path<u64>) -> Result<Json<Value>, StatusCode> {
    let Value::Array(invoices) = all() else { return Err(StatusCode::INTERNAL_SERVER_ERROR) };
    let found = invoices.into_iter().find(|invoice| invoice["id"] == id);
    found.map(Json).ok_or(StatusCode::NOT_FOUND)
}
