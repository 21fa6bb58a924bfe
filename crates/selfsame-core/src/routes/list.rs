//! The list of routes as a text, to be kept in source: one method of one path a line.

use std::{
    collections::{BTreeMap, BTreeSet},
    error, fmt,
    str::FromStr,
};

use super::{builtin, error::InventoryError, inventory::Inventory, route::Route};

/// What stands before a method that could be taken for something else. No method holds `=`.
const METHOD: &str = "method=";

/// One line: what is mounted, and on which path. The order is that of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    path: Box<str>,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Method(Box<str>),
    Kind(Kind),
}

/// The words that are not methods, in lower case, which no method in use is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    None,
    Others,
    Any,
    Opaque,
    OpaquePrefix,
    Fallback,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::None, Self::Others, Self::Any, Self::Opaque, Self::OpaquePrefix, Self::Fallback];

    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Others => "others",
            Self::Any => "any",
            Self::Opaque => "opaque",
            Self::OpaquePrefix => "opaque-prefix",
            Self::Fallback => "fallback",
        }
    }
}

impl Line {
    /// The lines of one route.
    fn of(route: &Route) -> impl Iterator<Item = Self> {
        // axum answers HEAD wherever it answers GET.
        let methods = route.methods().filter(|method| *method != "HEAD" || !route.lists("GET"));
        let mut whats: Vec<_> = methods.map(|method| What::Method(method.into())).collect();
        let kind = if route.is_fallback() {
            Some(Kind::Fallback)
        } else if route.is_opaque() {
            Some(if route.is_prefix() { Kind::OpaquePrefix } else { Kind::Opaque })
        } else if route.is_any() {
            Some(Kind::Any)
        } else if route.has_method_fallback() {
            Some(Kind::Others)
        } else {
            whats.is_empty().then_some(Kind::None)
        };
        whats.extend(kind.map(What::Kind));
        let path: Box<str> = route.path().into();
        whats.into_iter().map(move |what| Self { path: path.clone(), what })
    }

    /// The lines of all routes but those that answer for selfsame itself.
    pub(super) fn all(inventory: &Inventory) -> BTreeSet<Self> {
        let builtin = builtin::paths(inventory);
        let theirs = inventory.iter().filter(|route| !builtin.contains(route.path()));
        theirs.flat_map(Self::of).collect()
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Kind(kind) => f.write_str(kind.word())?,
            What::Method(method) if is_plain(method) => f.write_str(method)?,
            What::Method(method) => write!(f, "{METHOD}{method}")?,
        }
        f.write_str(" ")?;
        for c in self.path.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                c if is_hidden(c) => write!(f, "{}", c.escape_unicode())?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, path) = text.split_once(' ').ok_or("is not of the form `METHOD /path`")?;
        let what = if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.word() == word) {
            What::Kind(kind)
        } else if let Some(method) = word.strip_prefix(METHOD) {
            What::Method(method.into())
        } else if is_plain(word) {
            What::Method(word.into())
        } else {
            let kinds = Kind::ALL.map(Kind::word).join(", ");
            return Err(format!("begins with neither a method in capitals nor one of {kinds}"));
        };
        Ok(Self { path: unescape(path)?.into(), what })
    }
}

/// The text of a list of these routes, without those of selfsame, below what stands in comments at
/// the top of the list so far.
#[must_use]
pub fn list_of(inventory: &Inventory, so_far: &str) -> String {
    let heading = so_far.lines().take_while(|line| line.is_empty() || line.starts_with('#'));
    let lines = Line::all(inventory).into_iter().map(|line| line.to_string());
    heading.map(str::to_owned).chain(lines).map(|line| line + "\n").collect()
}

/// Whether a method can stand in the list as it is.
fn is_plain(method: &str) -> bool {
    let mut bytes = method.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_uppercase())
        && bytes.all(|byte| byte.is_ascii_uppercase() || byte == b'-' || byte == b'_')
}

/// Whether a character could get lost in an editor, or change how a line looks.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

fn unescape(path: &str) -> Result<String, String> {
    const WRONG: &str = "has a `\\` in its path that is neither `\\\\` nor `\\u{…}`";

    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        rest = if let Some(after) = after.strip_prefix('\\') {
            plain.push('\\');
            after
        } else {
            let (digits, after) =
                after.strip_prefix("u{").and_then(|after| after.split_once('}')).ok_or(WRONG)?;
            let code = digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digits);
            let code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok());
            plain.push(code.and_then(char::from_u32).ok_or(WRONG)?);
            after
        };
    }
    plain.push_str(rest);
    if path.contains(is_hidden) {
        return Err("has a space or an invisible character in its path: write it `\\u{…}`".into());
    }
    Ok(plain)
}

/// The list that is kept in source: one method of one path a line, sorted by path, each line ended
/// by a line feed. A line of this form, if it begins with a method, can be asked for with
/// `selfsame check --route`.
///
/// | line | what |
/// |---|---|
/// | `GET /a/{id}` | the method is answered; `HEAD` stands only where there is no `GET` |
/// | `others /a` | methods that have no line reach a fallback |
/// | `any /a` | every method is answered |
/// | `none /a` | no method is answered |
/// | `opaque /a` | a service that is not looked into |
/// | `opaque-prefix /a` | the same with all that lies under the path |
/// | `fallback /` | answers under the path what no route matches |
///
/// The path is a pattern of axum 0.8, with `\\` for a backslash and `\u{…}` for white space and
/// invisible characters. A method that is not in capitals is written `method=name`.
///
/// # Examples
///
/// ```
/// use selfsame_core::routes::{Inventory, Route};
///
/// let inventory = Inventory::new([
///     Route::new("/workflows/{id}", ["GET", "HEAD", "DELETE"])?,
///     Route::new("/hooks", [""; 0])?.with_any(),
/// ])?;
///
/// let list = "any /hooks\nDELETE /workflows/{id}\nGET /workflows/{id}\n";
/// assert_eq!(inventory.to_string(), list);
/// assert_eq!(list.parse::<Inventory>()?, inventory);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl fmt::Display for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().flat_map(Line::of).try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Reads the list that is kept in source, in the form that [`Inventory`] is displayed in. The order
/// of the lines is free. Lines that begin with `#` may stand before the first route, and empty ones
/// anywhere.
///
/// # Errors
///
/// A line is of another form or stands twice, there is no route at all (a list that lost its lines
/// must not read as "no route is expected"), or the routes do not make an inventory.
impl FromStr for Inventory {
    type Err = ListError;

    fn from_str(text: &str) -> Result<Self, ListError> {
        let mut seen = BTreeSet::new();
        let mut routes: BTreeMap<_, (Vec<_>, Option<Kind>)> = BTreeMap::new();
        for (index, text) in text.lines().enumerate() {
            let refuse = |what: &str| ListError { line: Some(index + 1), what: what.to_owned() };
            if text.starts_with('#') && !seen.is_empty() {
                return Err(refuse("is a comment below a route, where it would be lost"));
            }
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let line: Line = text.parse().map_err(|what: String| refuse(&what))?;
            if !seen.insert(line.clone()) {
                return Err(refuse("stands twice"));
            }
            let fallback = line.what == What::Kind(Kind::Fallback);
            let (methods, kind) = routes.entry((line.path, fallback)).or_default();
            match line.what {
                What::Method(method) => methods.push(method),
                What::Kind(now) => {
                    if kind.replace(now).is_some() {
                        return Err(refuse("says of the path what another line says otherwise"));
                    }
                }
            }
        }
        if routes.is_empty() {
            return Err(ListError { line: None, what: "no route stands in the list".to_owned() });
        }
        let routes = routes.into_iter().map(|((path, _), (methods, kind))| {
            route(&path, methods, kind)
                .map_err(|what| ListError { line: None, what: format!("route {path:?} {what}") })
        });
        Self::new(routes.collect::<Result<Vec<_>, _>>()?)
            .map_err(|error| ListError { line: None, what: error.to_string() })
    }
}

fn route(path: &str, mut methods: Vec<Box<str>>, kind: Option<Kind>) -> Result<Route, String> {
    let alone = |made| {
        let excluded = || Err(InventoryError::new("has a line that excludes its methods"));
        if methods.is_empty() { made } else { excluded() }
    };
    let made = match kind {
        Some(Kind::None) => alone(Route::new(path, [""; 0])),
        Some(Kind::Opaque) => alone(Route::opaque(path)),
        Some(Kind::OpaquePrefix) => alone(Route::opaque_prefix(path)),
        Some(Kind::Fallback) => alone(Route::fallback(path)),
        None | Some(Kind::Others | Kind::Any) => {
            if methods.iter().any(|method| &**method == "GET") {
                methods.push("HEAD".into());
            }
            Route::new(path, methods).map(|route| match kind {
                Some(Kind::Others) => route.with_method_fallback(),
                Some(Kind::Any) => route.with_any(),
                _ => route,
            })
        }
    };
    made.map_err(|error| error.what().to_owned())
}

/// Why a text is not a list of routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError {
    line: Option<usize>,
    what: String,
}

impl ListError {
    /// The number of the line that is wrong, from 1, if one line alone is.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line} {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl error::Error for ListError {}
