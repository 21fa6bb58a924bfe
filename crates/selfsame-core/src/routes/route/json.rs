//! The JSON form of a route, see [`Route`].

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap as _};

use super::{Behind, Others, Route};
use crate::routes::error::InventoryError;

impl Serialize for Route {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.behind {
            Behind::Methods { listed, others } => {
                if *others == Others::Reached {
                    map.serialize_entry("any", &true)?;
                }
                if *others == Others::Fallback {
                    map.serialize_entry("method_fallback", &true)?;
                }
                if *others != Others::Reached || !listed.is_empty() {
                    map.serialize_entry("methods", listed)?;
                }
                map.serialize_entry("path", &self.path)?;
            }
            Behind::Opaque { prefix } => {
                map.serialize_entry("opaque", &true)?;
                map.serialize_entry("path", &self.path)?;
                if *prefix {
                    map.serialize_entry("prefix", &true)?;
                }
            }
            Behind::Fallback => {
                map.serialize_entry("fallback", &true)?;
                map.serialize_entry("path", &self.path)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(RawRoute::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A route as it came in, before it is judged.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of the JSON form")]
struct RawRoute {
    path: String,
    #[serde(default)]
    any: bool,
    #[serde(default)]
    fallback: bool,
    #[serde(default)]
    method_fallback: bool,
    #[serde(default)]
    methods: Option<Vec<String>>,
    #[serde(default)]
    opaque: bool,
    #[serde(default)]
    prefix: bool,
}

impl TryFrom<RawRoute> for Route {
    type Error = InventoryError;

    fn try_from(raw: RawRoute) -> Result<Self, InventoryError> {
        let path = &*raw.path;
        let has_methods = raw.methods.is_some();
        let methods = raw.methods.unwrap_or_default();
        let unique: BTreeSet<_> = methods.iter().collect();
        if unique.len() < methods.len() {
            return Err(InventoryError::at(path, "lists a method twice"));
        }
        // Each flag means something only in its own company: any other mix would be a route
        // that one reader takes for this and another for that.
        match (raw.opaque, raw.fallback, has_methods, raw.any) {
            (true, false, false, false) if !raw.method_fallback => {
                if raw.prefix {
                    Self::opaque_prefix(path)
                } else {
                    Self::opaque(path)
                }
            }
            (false, true, false, false) if !raw.method_fallback && !raw.prefix => {
                Self::fallback(path)
            }
            (false, false, true, false) if !raw.prefix => {
                let route = Self::new(path, methods)?;
                Ok(if raw.method_fallback { route.with_method_fallback() } else { route })
            }
            (false, false, _, true) if !raw.prefix && !raw.method_fallback => {
                Ok(Self::new(path, methods)?.with_any())
            }
            _ => Err(InventoryError::at(path, "is of no known kind")),
        }
    }
}
