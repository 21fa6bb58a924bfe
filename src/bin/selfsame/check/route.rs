//! Rungs 4 and 5: is it exposed, and does it work once authenticated?

use selfsame::routes::Routes;
use ureq::http::Method;

use super::evidence::{self, Inside, Outside};
use super::{Checker, Place};
use crate::client::{Base, Credentials};
use crate::failure::Failure;
use crate::ladder::{Rung, Step};

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
                "--route {text:?} is not of the form 'METHOD path', the method in capitals, as in 'GET /api/v1/workflows'; \
                 a space within the path is %20"
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
    pub(super) fn is_safe(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    /// A path beside this one that no service has.
    fn nonsense(&self) -> String {
        let parent = self.path().rsplit_once('/').map_or("", |(parent, _)| parent);
        format!("{parent}/selfsame-{:016x}", std::process::id())
    }
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.target)
    }
}

impl Checker<'_> {
    pub(super) fn route_steps(&self, place: &Place) -> Result<Vec<Step>, Failure> {
        let (Some(base), false) = (&place.base, self.routes.is_empty()) else {
            return Ok(vec![
                Step::skipped(Rung::Route, "no --route was given"),
                Step::skipped(Rung::Auth, "no --route was given"),
            ]);
        };
        let mut exposed = Vec::new();
        let mut authenticated = Vec::new();
        for route in &self.routes {
            let inside = inside(route, place);
            let nobody = Credentials::default();
            let outside = self.outside(base, route, &nobody)?;
            let with = if self.credentials.is_empty() {
                None
            } else {
                Some(self.outside(base, route, &self.credentials)?)
            };
            let running = place.running;
            exposed.push(evidence::exposed(route, &inside, &outside, with.as_ref(), running));
            authenticated.extend(with.map(|with| evidence::authenticated(route, &inside, &with)));
        }
        if authenticated.is_empty() {
            authenticated.push(Step::skipped(
                Rung::Auth,
                "no credentials were given: --bearer-env NAME or --header",
            ));
        }
        exposed.append(&mut authenticated);
        Ok(exposed)
    }

    /// Asks from outside, and beside it for a path that does not exist.
    pub(super) fn outside(
        &self,
        base: &Base,
        route: &Route,
        credentials: &Credentials,
    ) -> Result<Outside, Failure> {
        if !route.is_safe() && !self.arguments.send_unsafe {
            return Ok(Outside::NotAsked);
        }
        let url = base.join(&route.target)?;
        let answer = match self.client.ask(&route.method, &url, credentials) {
            Ok(answer) => answer,
            Err(failure) => return Ok(Outside::Failed(failure.to_string())),
        };
        let nonsense = base.join(&route.nonsense())?;
        // A layer for CORS answers OPTIONS on every path, so only OPTIONS beside it tells.
        let alike = route.is_safe() || route.method == Method::OPTIONS;
        let method = if alike { &route.method } else { &Method::GET };
        let nonsense = self.client.ask(method, &nonsense, credentials).ok();
        Ok(Outside::Answered { answer, nonsense })
    }
}

/// What the process itself says of the route.
fn inside(route: &Route, place: &Place) -> Inside {
    match place.report.as_ref().and_then(|report| report.routes.as_ref()) {
        Some(Routes::Listed(inventory)) => {
            Inside::from(inventory.mounted(route.method.as_str(), route.path()))
        }
        Some(Routes::Unavailable(reason)) => Inside::Unknown(reason.clone()),
        None if place.report.is_some() => {
            Inside::Unknown("the report does not list routes at this level: --token-env".to_owned())
        }
        None => Inside::Unknown("there is no report".to_owned()),
    }
}

impl From<selfsame::routes::Mounted<'_>> for Inside {
    fn from(mounted: selfsame::routes::Mounted<'_>) -> Self {
        use selfsame::routes::Mounted;
        match mounted {
            Mounted::Yes(route) => Self::Mounted(route.to_string()),
            Mounted::OtherMethods(route) => Self::OtherMethods(route.to_string()),
            Mounted::No => Self::NotMounted,
            _ => Self::Unknown("an opaque service or a fallback answers this path".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_a_method_and_a_path() {
        let route = Route::parse("GET /api/v1/workflows?limit=1").unwrap();
        assert_eq!(route.path(), "/api/v1/workflows");
        assert_eq!(route.to_string(), "GET /api/v1/workflows?limit=1");
        assert!(route.nonsense().starts_with("/api/v1/selfsame-"));
        for bad in ["", "GET", "/api", "GET api", "get /api", "GET /a b", "GET /a#b", "GET\t/a"] {
            let error = Route::parse(bad).unwrap_err().to_string();
            assert!(error.contains("METHOD path"), "{bad:?}: {error}");
        }
    }
}
