//! Reads `selfsame.toml`, strictly: what is not understood is an error with its line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use selfsame_image::Spec;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Environment, ReadRoute, Service};
use crate::targets::{Target, Ways};

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) message: String,
}

/// A value with where it stands.
type Value<'a> = Spanned<DeValue<'a>>;

struct Reader<'t> {
    text: &'t str,
    root: &'t Path,
    route: ReadRoute,
}

/// What the file says of a service, wherever it runs.
#[derive(Debug, Clone)]
struct Declared {
    source: String,
    artifact: Option<Spec>,
    routes: Vec<String>,
}

/// The environments of the file. Paths are relative to `root`.
pub(super) fn environments(
    text: &str,
    root: &Path,
    route: ReadRoute,
) -> Result<Vec<Environment>, Wrong> {
    let reader = Reader { text, root, route };
    let table = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        reader.wrong(span, error.message())
    })?;
    let mut services = BTreeMap::new();
    let mut environments = Vec::new();
    let table = table.get_ref();
    for key in table.keys() {
        if !matches!(&**key.get_ref(), "service" | "environment") {
            return Err(reader.unknown(key, "the file", &["service", "environment"]));
        }
    }
    if let Some(value) = table.get("service") {
        for (name, value) in reader.table(value, "service")? {
            reader.name(name)?;
            services.insert(name.get_ref().to_string(), reader.service(name, value)?);
        }
    }
    if let Some(value) = table.get("environment") {
        for (name, value) in reader.table(value, "environment")? {
            reader.name(name)?;
            environments.push(reader.environment(name, value, &services)?);
        }
    }
    Ok(environments)
}

impl Reader<'_> {
    fn wrong(&self, span: Range<usize>, message: impl Into<String>) -> Wrong {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        Wrong { line: before.matches('\n').count() + 1, message: message.into() }
    }

    fn unknown<T: AsRef<str>>(&self, key: &Spanned<T>, place: &str, known: &[&str]) -> Wrong {
        let name = key.get_ref().as_ref();
        let known = known.join(", ");
        self.wrong(key.span(), format!("unknown key `{name}` in {place}; help: it takes {known}"))
    }

    fn expected(&self, value: &Value<'_>, key: &str, what: &str) -> Wrong {
        let found = value.get_ref().type_str();
        self.wrong(value.span(), format!("`{key}`: expected {what}, found {found}"))
    }

    fn table<'a, 'v>(&self, value: &'a Value<'v>, key: &str) -> Result<&'a DeTable<'v>, Wrong> {
        value.get_ref().as_table().ok_or_else(|| self.expected(value, key, "a table"))
    }

    /// The names stand in `production/api` on the command line.
    fn name<T: AsRef<str>>(&self, name: &Spanned<T>) -> Result<(), Wrong> {
        let text = name.get_ref().as_ref();
        if super::is_name(text) && !text.contains('/') {
            return Ok(());
        }
        let message = format!("the name {text:?} is invalid: use letters, digits, `-` and `_`");
        Err(self.wrong(name.span(), message))
    }

    fn text<'a>(&self, value: &'a Value<'_>, key: &str) -> Result<&'a str, Wrong> {
        let text = value.get_ref().as_str().ok_or_else(|| self.expected(value, key, "a string"))?;
        if text.is_empty() {
            return Err(self.wrong(value.span(), format!("`{key}` is empty")));
        }
        Ok(text)
    }

    /// The strings of a list, each with where it stands.
    fn texts<'a>(
        &self,
        value: &'a Value<'_>,
        key: &str,
    ) -> Result<Vec<(&'a str, Range<usize>)>, Wrong> {
        let list = value.get_ref().as_array();
        let list = list.ok_or_else(|| self.expected(value, key, "a list of strings"))?;
        list.iter().map(|one| Ok((self.text(one, key)?, one.span()))).collect()
    }

    fn service<T: AsRef<str>>(
        &self,
        name: &Spanned<T>,
        value: &Value<'_>,
    ) -> Result<Declared, Wrong> {
        let shown = format!("service.{}", name.get_ref().as_ref());
        let mut declared = Declared { source: String::new(), artifact: None, routes: Vec::new() };
        for (key, value) in self.table(value, &shown)? {
            match &**key.get_ref() {
                "source" => self.text(value, "source")?.clone_into(&mut declared.source),
                "artifact" => {
                    let text = self.text(value, "artifact")?;
                    let spec = text
                        .parse()
                        .map_err(|why| self.wrong(value.span(), format!("`artifact`: {why}")))?;
                    declared.artifact = Some(match spec {
                        Spec::Path(path) => Spec::Path(self.root.join(path)),
                        spec => spec,
                    });
                }
                "routes" => {
                    for (text, span) in self.texts(value, "routes")? {
                        (self.route)(text)
                            .map_err(|failure| self.wrong(span, failure.to_string()))?;
                        declared.routes.push(text.to_owned());
                    }
                }
                _ => return Err(self.unknown(key, &shown, &["source", "artifact", "routes"])),
            }
        }
        if declared.source.is_empty() {
            let message =
                format!("`{shown}` has no `source`; help: name the directory of its package");
            return Err(self.wrong(name.span(), message));
        }
        Ok(declared)
    }

    fn environment<T: AsRef<str>>(
        &self,
        name: &Spanned<T>,
        value: &Value<'_>,
        services: &BTreeMap<String, Declared>,
    ) -> Result<Environment, Wrong> {
        let shown = format!("environment.{}", name.get_ref().as_ref());
        let mut environment = Environment {
            name: name.get_ref().as_ref().to_owned(),
            commit: None,
            grace: None,
            token_env: None,
            services: Vec::new(),
        };
        for (key, value) in self.table(value, &shown)? {
            match &**key.get_ref() {
                "commit" => environment.commit = Some(self.text(value, "commit")?.to_owned()),
                "token-env" => {
                    environment.token_env = Some(self.text(value, "token-env")?.to_owned());
                }
                "grace" => environment.grace = Some(self.duration(value, "grace")?),
                service => {
                    let Some(declared) = services.get(service) else {
                        let known = ["commit", "grace", "token-env"].into_iter();
                        let known: Vec<&str> =
                            known.chain(services.keys().map(String::as_str)).collect();
                        let message = format!(
                            "`{service}` in {shown} is neither a key nor a service; help: it takes {}",
                            known.join(", ")
                        );
                        return Err(self.wrong(key.span(), message));
                    };
                    environment.services.push(self.placed(service, value, declared)?);
                }
            }
        }
        if environment.services.is_empty() {
            let message =
                format!("`{shown}` has no service; help: `api = {{ at = [\"https://…\"] }}`");
            return Err(self.wrong(name.span(), message));
        }
        environment.services.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(environment)
    }

    fn duration(&self, value: &Value<'_>, key: &str) -> Result<Duration, Wrong> {
        let text = self.text(value, key)?;
        humantime::parse_duration(text).map_err(|error| {
            self.wrong(value.span(), format!("`{key}`: {error}, expected a time as in 30m"))
        })
    }

    /// A service in one environment.
    fn placed(&self, name: &str, value: &Value<'_>, declared: &Declared) -> Result<Service, Wrong> {
        let mut service = Service {
            name: name.to_owned(),
            source: self.root.join(&declared.source),
            artifact: declared.artifact.clone(),
            routes: declared.routes.clone(),
            at: Vec::new(),
            replicas: None,
        };
        for (key, value) in self.table(value, name)? {
            match &**key.get_ref() {
                "at" => {
                    for (text, span) in self.texts(value, "at")? {
                        service.at.push(self.target(text, span)?);
                    }
                }
                "replicas" => {
                    let number = value.get_ref().as_integer().map(ToString::to_string);
                    let number = number.and_then(|number| number.parse().ok());
                    let number = number.filter(|number| *number > 0);
                    service.replicas = Some(number.ok_or_else(|| {
                        let message = "`replicas`: expected a number from 1 to 65535";
                        self.wrong(value.span(), message)
                    })?);
                }
                _ => return Err(self.unknown(key, &format!("`{name}`"), &["at", "replicas"])),
            }
        }
        if service.at.is_empty() {
            let message = format!("`{name}` has no targets; help: `at = [\"https://…\"]`");
            return Err(self.wrong(value.span(), message));
        }
        Ok(service)
    }

    /// A target, whose file is relative to this one.
    fn target(&self, text: &str, span: Range<usize>) -> Result<String, Wrong> {
        let ways = Ways { at: "/__build", ..Ways::default() };
        Target::parse(text, ways)
            .map_err(|failure| self.wrong(span.clone(), failure.to_string()))?;
        match text.strip_prefix('@') {
            Some("-") => {
                Err(self.wrong(span, "`@-`: a file that is kept cannot name standard input"))
            }
            Some(path) => Ok(format!("@{}", self.root.join(path).display())),
            None => Ok(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, root: &Path) -> Result<Vec<Environment>, Wrong> {
        let route: ReadRoute = |text| {
            let wrong = || crate::error::Failure::new("not of the form 'METHOD path'");
            text.starts_with("GET ").then_some(()).ok_or_else(wrong)
        };
        environments(text, root, route)
    }

    const WHOLE: &str = r#"
[service.api]
source = "backend"
artifact = "docker://shop-api:latest"
routes = ["GET /api/v1/workflows"]

[service.dashboard]
source = "dashboard"
artifact = "dist"

[environment.production]
commit = "origin/main"
grace = "30m"
token-env = "SELFSAME_TOKEN"
api = { at = ["https://api.example.com", "@replicas"], replicas = 8 }

[environment.production.dashboard]
at = ["https://app.example.com"]
"#;

    #[test]
    fn a_whole_file_is_read() {
        let read = read(WHOLE, Path::new("/shop")).unwrap();
        let [production] = &read[..] else { panic!("{read:?}") };
        assert_eq!(production.commit.as_deref(), Some("origin/main"));
        assert_eq!(production.grace, Some(Duration::from_secs(30 * 60)));
        let [api, dashboard] = &production.services[..] else { panic!("{production:?}") };
        assert_eq!(api.source, Path::new("/shop/backend"));
        assert_eq!(api.artifact, Some(Spec::Image("shop-api:latest".to_owned())));
        assert_eq!(api.at, ["https://api.example.com", "@/shop/replicas"]);
        assert_eq!(api.replicas, Some(8));
        assert_eq!(dashboard.artifact, Some(Spec::Path("/shop/dist".into())));
    }

    /// The file with a line in place of another one, and the line and the words of the error.
    #[test]
    fn each_mistake_is_an_error_that_names_its_line() {
        let cases = [
            ("source = \"backend\"", "sorce = \"backend\"", 3, "unknown key `sorce`"),
            ("source = \"backend\"", "", 2, "has no `source`"),
            ("source = \"backend\"", "source = 1", 3, "expected a string, found integer"),
            ("source = \"backend\"", "source = \"\"", 3, "is empty"),
            ("routes = [\"GET /api", "routes = [\"get /api", 5, "'METHOD path'"),
            ("docker://shop-api:latest", "docker://", 4, "not a name of an image"),
            ("[service.dashboard]", "[service.\"a b\"]", 7, "the name \"a b\" is invalid"),
            ("[service.dashboard]", "[servce.dashboard]", 7, "unknown key `servce`"),
            ("commit = \"origin/main\"", "comit = \"x\"", 12, "`comit` in environment.production"),
            ("grace = \"30m\"", "grace = \"soon\"", 13, "expected a time"),
            ("api = { at", "apy = { at", 15, "neither a key nor a service"),
            ("replicas = 8", "replicas = 0", 15, "from 1 to 65535"),
            ("replicas = 8", "replicas = 65536", 15, "from 1 to 65535"),
            ("replicas = 8", "replica = 8", 15, "unknown key `replica`"),
            ("https://api.example.com", "api.example.com", 15, "needs a scheme and a host"),
            ("\"@replicas\"", "\"@-\"", 15, "standard input"),
            ("at = [\"https://app.example.com\"]", "at = []", 17, "has no targets"),
            ("at = [\"https://app.example.com\"]", "at = [", 18, "unclosed array"),
            ("grace = \"30m\"", "commit = \"x\"", 13, "duplicate key"),
        ];
        for (line, wrong, at, words) in cases {
            assert!(WHOLE.contains(line), "{line}");
            let error = read(&WHOLE.replacen(line, wrong, 1), Path::new(".")).unwrap_err();
            assert_eq!(error.line, at, "{wrong}: {error:?}");
            assert!(error.message.contains(words), "{wrong}: {error:?}");
        }
        let none = "[service.api]\nsource = \".\"\n[environment.production]\n";
        let error = read(none, Path::new(".")).unwrap_err();
        assert_eq!((error.line, error.message.contains("has no service")), (3, true), "{error:?}");
    }
}
