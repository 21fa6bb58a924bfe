use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::reach::items::is_deep;
use crate::reach::{split, text};
use selfsame_core::environment::Environment;

/// Whether something is configured in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No(String),
    Unknown(String),
}

impl Holds {
    /// The more certain it is that it is in, the higher.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::No(_) => 0,
            Self::Unknown(_) => 1,
            Self::Yes => 2,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No(why), _) | (_, Self::No(why)) => Self::No(why),
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(why),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(why),
            (Self::No(why), Self::No(_)) => Self::No(why),
        }
    }
}

/// What `#[cfg]` is held against: the features and the target, as cargo tells a build script.
#[derive(Debug, Clone)]
pub struct Configuration {
    features: BTreeSet<String>,
    /// The values of each key of the target, such as `target_os`.
    values: BTreeMap<String, BTreeSet<String>>,
}

/// The keys of which the compiler sets each target's, so that a missing one is off.
const OF_EVERY_TARGET: [&str; 14] = [
    "panic",
    "target_abi",
    "target_arch",
    "target_endian",
    "target_env",
    "target_family",
    "target_feature",
    "target_has_atomic",
    "target_os",
    "target_pointer_width",
    "target_vendor",
    "unix",
    "windows",
    "proc_macro",
];

/// What is off whenever a service is built.
const OFF: [&str; 4] = ["doc", "doctest", "miri", "test"];

impl Configuration {
    pub(super) const fn nothing() -> Self {
        Self { features: BTreeSet::new(), values: BTreeMap::new() }
    }

    /// Reads what cargo tells a build script: `CARGO_CFG_…`.
    #[must_use]
    pub fn of_build(environment: &Environment) -> Self {
        let mut configuration = Self::nothing();
        for (name, value) in environment.iter() {
            let Some(key) = name.to_str().and_then(|name| name.strip_prefix("CARGO_CFG_")) else {
                continue;
            };
            let values = value.to_string_lossy().split(',').map(str::to_owned).collect();
            if key == "FEATURE" {
                configuration.features = values;
            } else {
                configuration.values.insert(key.to_ascii_lowercase(), values);
            }
        }
        configuration
    }

    /// Whether a predicate certainly does not hold.
    pub(crate) fn is_off(&self, predicate: &TokenStream) -> bool {
        matches!(self.holds(predicate), Holds::No(_))
    }

    /// Evaluates a predicate. One that is nested too deeply is unknown.
    pub(super) fn holds(&self, predicate: &TokenStream) -> Holds {
        if is_deep(predicate) {
            return Holds::Unknown("a `cfg` that is nested too deeply".to_owned());
        }
        self.holds_flat(predicate)
    }

    fn holds_flat(&self, predicate: &TokenStream) -> Holds {
        let tokens: Vec<TokenTree> = predicate.clone().into_iter().collect();
        let said = || crate::cut(&format!("cfg({predicate})"));
        match tokens.as_slice() {
            [TokenTree::Ident(name)] => self.name(&name.to_string(), &said()),
            [TokenTree::Ident(name), TokenTree::Punct(equals), TokenTree::Literal(value)]
                if equals.as_char() == '=' =>
            {
                match text(&value.to_string()) {
                    Some(value) => self.value(&name.to_string(), &value, &said()),
                    None => Holds::Unknown(said()),
                }
            }
            [TokenTree::Ident(name), TokenTree::Group(group)]
                if group.delimiter() == Delimiter::Parenthesis =>
            {
                let mut inner = split(group.stream()).into_iter().map(|one| self.holds_flat(&one));
                match name.to_string().as_str() {
                    "all" => inner.fold(Holds::Yes, Holds::and),
                    "any" => inner.fold(Holds::No(format!("{} is off", said())), Holds::or),
                    "not" => match inner.next() {
                        Some(Holds::Yes) => Holds::No(format!("{} is off", said())),
                        Some(Holds::No(_)) => Holds::Yes,
                        Some(unknown) => unknown,
                        None => Holds::Unknown(said()),
                    },
                    _ => Holds::Unknown(said()),
                }
            }
            _ => Holds::Unknown(said()),
        }
    }

    fn name(&self, name: &str, said: &str) -> Holds {
        if name == "true" || self.values.contains_key(name) {
            Holds::Yes
        } else if name == "false" || OFF.contains(&name) || OF_EVERY_TARGET.contains(&name) {
            Holds::No(format!("{said} is off"))
        } else {
            Holds::Unknown(format!("{said} may be set by a build script"))
        }
    }

    fn value(&self, key: &str, value: &str, said: &str) -> Holds {
        let on = if key == "feature" {
            self.features.contains(value)
        } else if let Some(values) = self.values.get(key) {
            values.contains(value)
        } else if OF_EVERY_TARGET.contains(&key) {
            false
        } else {
            return Holds::Unknown(format!("{said} may be set by a build script"));
        };
        if on { Holds::Yes } else { Holds::No(format!("{said} is off")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_predicate_that_is_nested_too_deeply_is_unknown() {
        let nested = |depth: usize| -> TokenStream {
            format!("{}test{}", "not(".repeat(depth), ")".repeat(depth)).parse().unwrap()
        };
        let configuration = Configuration::nothing();
        assert_eq!(configuration.holds(&nested(3)), Holds::Yes);
        let holds = configuration.holds(&nested(100_000));
        assert_eq!(holds, Holds::Unknown("a `cfg` that is nested too deeply".to_owned()));
        // Each module within it says why it is off.
        let long: TokenStream = format!("any({})", "test, ".repeat(10_000)).parse().unwrap();
        let Holds::No(why) = configuration.holds(&long) else { panic!("it is on") };
        assert!(why.len() < 1_100, "{}", why.len());
    }
}
