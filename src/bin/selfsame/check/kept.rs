//! Rung 4, by the list of routes that is kept in source: is everything of it mounted?

use selfsame::compare::Verdict;
use selfsame::routes::{Difference, Standing};
use ureq::http::StatusCode;

use super::evidence::{Outside, merge};
use super::identity::listed;
use super::route::Route;
use super::{Checker, Place};
use crate::client::Credentials;
use crate::failure::Failure;
use crate::ladder::{Rung, Step};

/// What to do where all else is the same.
const LIST_ALONE: &str = "the code is the same: is a router not merged, does a route depend on \
                          configuration, or is the list not kept? Its test tells";

/// So many missing routes are asked for from outside.
const ASKED: usize = 5;

impl Checker<'_> {
    /// Compares the running routes with the list, if the build names one.
    pub(super) fn kept_step(&mut self, place: &Place) -> Result<Option<Step>, Failure> {
        let Some(report) = &place.report else { return Ok(None) };
        let Some(scope) = report.scope.as_ref().filter(|scope| scope.routes.is_some()) else {
            return Ok(None);
        };
        let name = scope.routes.as_deref().unwrap_or_default();
        let step =
            |verdict, words: String| Step::new(Rung::Route, verdict, format!("`{name}` {words}"));
        let kept = self.source.as_mut().map_or(Ok(None), |source| source.routes(scope));
        let standing = match kept {
            Ok(Some(kept)) => report.routes.as_ref().map(|routes| Standing::of(&kept, routes)),
            // Without source, the list is the one that it was built with.
            Ok(None) => report.route_list.clone(),
            Err(why) => {
                return Ok(Some(step(Verdict::Unknown, format!("cannot be compared: {why}"))));
            }
        };
        let Some(standing) = standing else { return Ok(None) };
        let verdict = Verdict::from(&standing);
        Ok(Some(match standing {
            Standing::Unavailable(why) => {
                step(verdict, format!("cannot be compared: the routes are unavailable: {why}"))
            }
            Standing::Compared(difference) if difference.is_empty() => {
                step(verdict, "is exactly what is mounted".to_owned())
            }
            Standing::Compared(difference) => {
                let words = words(&difference);
                match self.answers_all_the_same(place, &difference)? {
                    Some(route) => step(
                        Verdict::Unknown,
                        format!("differs from the inventory: {words}; and {route} answers"),
                    )
                    .next("routes were added after selfsame: call .selfsame(…) last"),
                    None => step(verdict, format!("differs from what is mounted: {words}")).next(
                        match place.running {
                            Some(Verdict::Same) => LIST_ALONE,
                            running => merge(running),
                        },
                    ),
                }
            }
        }))
    }

    /// A route that the inventory lacks and that answers from outside, where a path beside it that
    /// does not exist answers otherwise.
    fn answers_all_the_same(
        &self,
        place: &Place,
        difference: &Difference,
    ) -> Result<Option<String>, Failure> {
        let Some(base) = &place.base else { return Ok(None) };
        let plain = difference.missing().iter().filter(|line| !line.contains(['{', '*']));
        for route in
            plain.filter_map(|line| Route::parse(line).ok()).filter(Route::is_safe).take(ASKED)
        {
            if let Outside::Answered { answer, nonsense: Some(nonsense) } =
                self.outside(base, &route, &Credentials::default())?
                && answer.status != StatusCode::NOT_FOUND
                && nonsense.status == StatusCode::NOT_FOUND
            {
                return Ok(Some(route.to_string()));
            }
        }
        Ok(None)
    }
}

fn words(difference: &Difference) -> String {
    let sides = [
        ("not mounted", difference.missing()),
        ("mounted and not in the list", difference.unexpected()),
    ];
    let sides = sides.into_iter().filter(|(_, lines)| !lines.is_empty());
    sides.map(|(what, lines)| format!("{what}: {}", listed(lines))).collect::<Vec<_>>().join("; ")
}
