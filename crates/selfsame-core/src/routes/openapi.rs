//! The routes that an OpenAPI document describes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{error::InventoryError, inventory::Inventory, route::Route};

/// The longest OpenAPI document that is read, in bytes.
const MAX_DOCUMENT: usize = 16 << 20;

/// The most references that lead from a path to what it describes, one to the next.
const MAX_REFERENCES: usize = 8;

/// The keys of a path item that are methods.
const METHODS: [&str; 9] =
    ["delete", "get", "head", "options", "patch", "post", "put", "query", "trace"];

impl Inventory {
    /// Creates an inventory from an OpenAPI document in JSON: OpenAPI 3 or Swagger 2.
    ///
    /// It takes the paths and their methods as they stand under `paths`. What stands before them,
    /// `servers` of OpenAPI and `basePath` of Swagger, is not applied, since a proxy may take it
    /// off: [`nested`](Self::nested) puts it before all paths.
    ///
    /// A document may name the same part of two paths in two ways, as in `/users/{id}` and
    /// `/users/{name}/keys`. A pattern of an inventory may not, so the first name that sorts is
    /// taken for both.
    ///
    /// # Errors
    ///
    /// The text is longer than 16 MiB, is not JSON, is not an OpenAPI document, describes no path,
    /// refers to another document, or has a path that is no pattern of an inventory, such as
    /// `/files/{name}.json`.
    ///
    /// # Examples
    ///
    /// ```
    /// use selfsame_core::routes::Inventory;
    ///
    /// let document = r#"{
    ///     "openapi": "3.1.0",
    ///     "paths": { "/users/{id}": { "get": {}, "delete": {} } }
    /// }"#;
    /// let inventory = Inventory::from_openapi(document)?;
    /// assert_eq!(inventory.to_string(), "DELETE /users/{id}\nGET /users/{id}\n");
    /// # Ok::<(), selfsame_core::routes::InventoryError>(())
    /// ```
    pub fn from_openapi(document: &str) -> Result<Self, InventoryError> {
        let fail = |what: String| InventoryError::new(format!("the OpenAPI document {what}"));
        if document.len() > MAX_DOCUMENT {
            return Err(fail(format!("is longer than {MAX_DOCUMENT} bytes")));
        }
        let text = document.trim_start_matches('\u{feff}');
        let root: Value = serde_json::from_str(text).map_err(|error| {
            let yaml = !text.trim_start().starts_with('{');
            let help = if yaml { "; if it is YAML, convert it to JSON" } else { "" };
            fail(format!("is not JSON: {error}{help}"))
        })?;
        if !is_known(&root) {
            return Err(fail("has neither `openapi` 3 nor `swagger` 2 as its version".to_owned()));
        }
        let paths = root.get("paths").and_then(Value::as_object);
        // Sorted here, since another crate may make serde_json keep the order of the text.
        let described: BTreeMap<&String, &Value> =
            paths.into_iter().flatten().filter(|(path, _)| !path.starts_with("x-")).collect();
        let mut names = Names::default();
        let routes: Result<Vec<Route>, InventoryError> = described
            .into_iter()
            .map(|(path, item)| {
                let item = resolve(&root, item).map_err(|what| InventoryError::at(path, what))?;
                Route::new(&names.unify(path), methods(item))
            })
            .collect();
        let routes = routes?;
        if routes.is_empty() {
            return Err(fail("describes no path".to_owned()));
        }
        Self::new(routes)
    }
}

fn is_known(root: &Value) -> bool {
    let version = |key: &str| root.get(key).and_then(Value::as_str);
    version("openapi").is_some_and(|version| version.starts_with("3."))
        || version("swagger").is_some_and(|version| version == "2.0")
}

/// The path item itself, where a document has it elsewhere.
fn resolve<'a>(root: &'a Value, item: &'a Value) -> Result<&'a Map<String, Value>, String> {
    let mut item = item;
    for _ in 0..MAX_REFERENCES {
        let object = item.as_object().ok_or("is not described by an object")?;
        let Some(reference) = object.get("$ref") else { return Ok(object) };
        let reference = reference.as_str().ok_or("has a `$ref` that is not a text")?;
        let pointer = reference.strip_prefix('#').ok_or_else(|| {
            format!("refers to another document, `{reference}`: bundle the documents into one")
        })?;
        // The pointer stands in a URL, where braces are escaped.
        let pointer = pointer.replace("%7B", "{").replace("%7D", "}");
        item = root
            .pointer(&pointer)
            .ok_or_else(|| format!("refers to `{reference}`, which is missing"))?;
    }
    Err("has too many references, one to the next".to_owned())
}

fn methods(item: &Map<String, Value>) -> Vec<String> {
    let own = item.keys().filter(|key| METHODS.contains(&key.as_str()));
    // OpenAPI 3.2 has other methods as they are sent.
    let additional = item.get("additionalOperations").and_then(Value::as_object);
    let additional = additional.into_iter().flat_map(Map::keys).cloned();
    own.map(|method| method.to_ascii_uppercase()).chain(additional).collect()
}

/// The name of each part of a path that stands for a value, by what stands before it.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn unify(&mut self, path: &str) -> String {
        let mut unified = String::with_capacity(path.len());
        for (place, segment) in path.split('/').enumerate() {
            if place > 0 {
                unified.push('/');
            }
            let is_value = segment.len() > 2
                && segment.starts_with('{')
                && !segment.starts_with("{*")
                && segment.find('}') == Some(segment.len() - 1);
            if is_value {
                let name = self.0.entry(unified.clone()).or_insert_with(|| segment.to_owned());
                let name = name.clone();
                unified.push_str(&name);
            } else {
                unified.push_str(segment);
            }
        }
        unified
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str) -> Result<String, String> {
        let inventory = Inventory::from_openapi(document).map_err(|error| error.to_string())?;
        Ok(inventory.to_string())
    }

    #[test]
    fn openapi_3_and_swagger_2_are_read() {
        for version in [
            r#""openapi": "3.0.4""#,
            r#""openapi": "3.1.1""#,
            r#""openapi": "3.2.0""#,
            r#""swagger": "2.0", "basePath": "/api""#,
        ] {
            let document = format!(
                r##"{{
                    {version},
                    "servers": [{{ "url": "https://example.com/api" }}],
                    "paths": {{
                        "x-internal": {{ "get": {{}} }},
                        "/": {{ "get": {{}} }},
                        "/users": {{
                            "summary": "Users", "parameters": [], "x-owner": "team",
                            "get": {{ "operationId": "list" }}, "post": {{}}, "trace": {{}}
                        }},
                        "/users/{{id}}": {{ "$ref": "#/components/pathItems/user" }},
                        "/members/{{id}}": {{ "$ref": "#/paths/~1users~1%7Bid%7D" }}
                    }},
                    "components": {{ "pathItems": {{ "user": {{ "put": {{}}, "delete": {{}} }} }} }}
                }}"##
            );
            let expected = "GET /\nDELETE /members/{id}\nPUT /members/{id}\nGET /users\nPOST /users\n\
                            TRACE /users\nDELETE /users/{id}\nPUT /users/{id}\n";
            assert_eq!(read(&document).as_deref(), Ok(expected), "{version}");
        }
    }

    #[test]
    fn methods_of_openapi_3_2_are_read() {
        let document = r#"{ "openapi": "3.2.0", "paths": { "/a": {
            "query": {}, "additionalOperations": { "PURGE": {} } } } }"#;
        assert_eq!(read(document).as_deref(), Ok("PURGE /a\nQUERY /a\n"));
    }

    #[test]
    fn one_part_has_one_name() {
        let document = r#"{ "openapi": "3.0.0", "paths": {
            "/users/{name}/keys/{key}": { "get": {} },
            "/users/{id}": { "get": {} },
            "/users/{user}/keys/{id}/uses": { "get": {} },
            "/users/me": { "get": {} } } }"#;
        let inventory = Inventory::from_openapi(document).unwrap();
        assert_eq!(inventory.len(), 4, "{inventory}");
        for path in ["/users/7", "/users/7/keys/8", "/users/7/keys/8/uses", "/users/me"] {
            assert!(inventory.mounted("GET", path).is_yes(), "{path}: {inventory}");
        }
        assert!(inventory.mounted("GET", "/users/7/keys").is_no());
    }

    #[test]
    fn what_is_not_understood_is_an_error_and_never_an_empty_list() {
        let deep = format!(r#"{{"openapi":"3.0.0","paths":{}"#, "[".repeat(100_000));
        let long = " ".repeat(MAX_DOCUMENT + 1);
        for (document, what) in [
            ("openapi: 3.1.0\npaths: {}\n", "convert it to JSON"),
            ("{", "is not JSON"),
            (&*deep, "is not JSON"),
            (&long, "is longer than"),
            ("{}", "neither `openapi` 3 nor `swagger` 2"),
            (r#"{"openapi": 3.1, "paths": {}}"#, "neither"),
            (r#"{"openapi": "4.0.0", "paths": {"/a": {"get": {}}}}"#, "neither"),
            (r#"{"swagger": "1.2", "paths": {"/a": {"get": {}}}}"#, "neither"),
            (r#"{"openapi": "3.1.0"}"#, "describes no path"),
            (r#"{"openapi": "3.1.0", "paths": []}"#, "describes no path"),
            (r#"{"openapi": "3.1.0", "paths": {}}"#, "describes no path"),
            (r#"{"openapi": "3.1.0", "paths": {"/a": null}}"#, "is not described by an object"),
            (r#"{"openapi": "3.1.0", "paths": {"a": {"get": {}}}}"#, "start with a slash"),
            (
                r#"{"openapi": "3.1.0", "paths": {"/a/{x}.json": {"get": {}}}}"#,
                "is not a valid pattern",
            ),
            (r#"{"openapi": "3.1.0", "paths": {"/a": {"$ref": "b.json#/a"}}}"#, "another document"),
            (r##"{"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/b"}}}"##, "which is missing"),
            (
                r##"{"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/paths/~1a"}}}"##,
                "too many references",
            ),
            (
                r#"{"openapi": "3.2.0", "paths": {"/a": {"additionalOperations": {"A B": {}}}}}"#,
                "not a token",
            ),
        ] {
            let error = read(document).unwrap_err();
            assert!(error.contains(what), "{what}: {error}");
            assert!(error.len() < 400, "{error}");
        }
    }
}
