//! Routes, asked from outside and looked up in the inventory.

use selfsame_core::findings::{Inside, Outside, Place, Response, RouteList, RouteProbe};
use selfsame_core::routes::{Difference, ListComparison, Mounted, Routes};
use ureq::http::{Method, StatusCode};

use super::ask::{Asker, Peer};
use super::probe::nonce;
use crate::credentials::Credentials;
use crate::error::Failure;
use crate::http_client::Answer;

/// So many missing routes of a list are asked for from outside.
const ASKED: usize = 5;

/// A route that should be mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    method: Method,
    /// With its query, if it has one.
    target: String,
}

impl Route {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let refuse = || {
            Failure::new(format!(
                "--route {text:?} is not of the form 'METHOD path', the method in capitals, as in \
                 'GET /api/v1/workflows'; help: a space within the path is %20"
            ))
        };
        let (method, target) = text.trim().split_once(' ').ok_or_else(refuse)?;
        let target = target.trim_start();
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '#';
        if !target.starts_with('/')
            || !target.chars().all(plain)
            || !method.chars().all(|c| c.is_ascii_uppercase())
        {
            return Err(refuse());
        }
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| refuse())?;
        Ok(Self { method, target: target.to_owned() })
    }

    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Whether asking changes nothing.
    fn is_safe(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    /// Whether the path is a pattern, with a parameter in braces.
    fn is_pattern(&self) -> bool {
        self.path().contains(['{', '*'])
    }

    /// A path next to this one that no service has.
    fn nonsense(&self) -> String {
        let parent = self.path().rsplit_once('/').map_or("", |(parent, _)| parent);
        format!("{parent}/selfsame-{}", nonce())
    }
}

impl Asker<'_> {
    /// Asks for the list that source keeps, and for the routes that were given.
    pub(super) fn ask_routes(&self, peer: &Peer<'_>, place: &mut Place) -> Result<(), Failure> {
        place.list = self.route_list(Some(peer), place)?;
        for route in self.routes {
            let authenticated = if self.credentials.is_empty() {
                None
            } else {
                Some(self.outside(peer, route, self.credentials)?)
            };
            let inside = inside(route, place);
            let outside = self.outside(peer, route, &Credentials::default())?;
            let (method, path) = (route.method.to_string(), route.path().to_owned());
            let mut probe = RouteProbe::new(method, path, inside, outside);
            probe.authenticated = authenticated;
            place.routes.push(probe);
        }
        Ok(())
    }

    /// Compares what is mounted with the list of routes, if the build names one.
    pub(super) fn route_list(
        &self,
        peer: Option<&Peer<'_>>,
        place: &Place,
    ) -> Result<Option<RouteList>, Failure> {
        let live = place.instances.iter().find(|one| !one.stored);
        let Some(report) = live.map(|one| one.report.clone()) else { return Ok(None) };
        let Some(scope) = &report.scope else { return Ok(None) };
        let mut expected = self.expected();
        let path = expected.routes_path(scope).or_else(|| scope.routes.clone());
        // Without source, that there is a list is known from the report alone.
        let Some(path) =
            path.or_else(|| report.route_list.as_ref().map(|_| "the list of routes".to_owned()))
        else {
            return Ok(None);
        };
        let comparison = match expected.routes(scope) {
            Ok(Some(kept)) => {
                report.routes.as_ref().map(|routes| ListComparison::of(&kept, routes))
            }
            // Without source, the list is the one that it was built with.
            Ok(None) => report.route_list.clone(),
            Err(why) => {
                return Ok(Some(RouteList::new(path, Err(why.to_string()))));
            }
        };
        drop(expected);
        let Some(comparison) = comparison else { return Ok(None) };
        let mut list = RouteList::new(path, Ok(comparison));
        let difference = list.comparison.as_ref().ok().and_then(ListComparison::difference);
        if let (Some(peer), Some(difference)) = (peer, difference) {
            list.answer = self.one_that_answers(peer, difference)?.into_iter().collect();
        }
        Ok(Some(list))
    }

    /// A route that the inventory lacks and that answers from outside, where a path next to it that
    /// does not exist answers otherwise.
    fn one_that_answers(
        &self,
        peer: &Peer<'_>,
        difference: &Difference,
    ) -> Result<Option<String>, Failure> {
        let plain = difference.missing().iter().filter(|line| !line.contains(['{', '*']));
        let not_found = StatusCode::NOT_FOUND.as_u16();
        for line in plain.take(ASKED) {
            let Ok(route) = Route::parse(line) else { continue };
            if !route.is_safe() {
                continue;
            }
            if let Outside::Answered { answer, nonsense } =
                self.outside(peer, &route, &Credentials::default())?
                && answer.status != not_found
                && nonsense.first().is_some_and(|other| other.status == not_found)
            {
                return Ok(Some(line.clone()));
            }
        }
        Ok(None)
    }

    /// Asks from outside, and for two paths next to it that do not exist.
    fn outside(
        &self,
        peer: &Peer<'_>,
        route: &Route,
        credentials: &Credentials,
    ) -> Result<Outside, Failure> {
        if !route.is_safe() && !self.arguments.send_unsafe {
            // GET is safe, and shows whether the path is there at all.
            let get = Route { method: Method::GET, target: route.target.clone() };
            let get = if route.is_pattern() {
                None
            } else {
                Some(self.outside(peer, &get, credentials)?)
            };
            return Ok(Outside::NotSent(get.map(Box::new)));
        }
        if route.is_pattern() {
            return Ok(Outside::IsPattern);
        }
        let base = &peer.replica.base;
        let url = base.join(&route.target)?;
        let answer = match peer.client.ask(&route.method, &url, credentials) {
            Ok(answer) => answer,
            Err(failure) => return Ok(Outside::Failed(failure.to_string())),
        };
        // A layer for CORS answers OPTIONS on every path, so only OPTIONS next to it can be compared.
        let is_alike = route.is_safe() || route.method == Method::OPTIONS;
        let method = if is_alike { &route.method } else { &Method::GET };
        let mut nonsense = Vec::new();
        for _ in 0..2 {
            let url = base.join(&route.nonsense())?;
            nonsense.extend(peer.client.ask(method, &url, credentials).ok().map(response));
        }
        Ok(Outside::Answered { answer: response(answer), nonsense })
    }
}

fn response(answer: Answer) -> Response {
    let mut response = Response::new(answer.status.as_u16(), answer.status.to_string());
    response.is_html = answer.is_html;
    response.location = answer.location;
    response.body = answer.body;
    response.cached = answer.stored;
    response
}

/// What the process itself says of the route.
fn inside(route: &Route, place: &Place) -> Inside {
    let live = place.instances.iter().find(|one| !one.stored);
    let Some(report) = live.map(|one| &one.report) else {
        return Inside::Unknown("there is no report".to_owned());
    };
    match &report.routes {
        Some(Routes::Listed(inventory)) => {
            match inventory.mounted(route.method.as_str(), route.path()) {
                Mounted::Yes(route) => Inside::Mounted(route.to_string()),
                Mounted::OtherMethods(route) => Inside::OtherMethods(route.to_string()),
                Mounted::No => Inside::NotMounted,
                Mounted::Fallback(_) => Inside::Fallback,
                Mounted::Opaque(route) => Inside::Opaque(route.to_string()),
                _ => Inside::Unknown("a fallback for methods answers this path".to_owned()),
            }
        }
        Some(Routes::Unavailable(reason)) => Inside::Unknown(reason.clone()),
        None => Inside::Unknown("the report does not list routes at this level".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_a_method_and_a_path() {
        let route = Route::parse("GET /api/v1/workflows?limit=1").unwrap();
        assert_eq!(route.path(), "/api/v1/workflows");
        assert!(route.nonsense().starts_with("/api/v1/selfsame-"));
        assert!(!route.is_pattern());
        assert!(Route::parse("GET /api/{id}").unwrap().is_pattern());
        for bad in ["", "GET", "/api", "GET api", "get /api", "GET /a b", "GET /a#b", "GET\t/a"] {
            let error = Route::parse(bad).unwrap_err().to_string();
            assert!(error.contains("METHOD path"), "{bad:?}: {error}");
        }
    }
}
