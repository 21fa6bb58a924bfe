//! Rung 3, of several addresses together, and of what engines know beside the answers.

use std::collections::{BTreeMap, BTreeSet};

use super::not_compared;
use crate::compare::Verdict;
use crate::findings::{Code, Finding, Fleet, Gathered, Instances, Place, Rung, Subject, Via};

const RUNG: Rung = Rung::Running;

/// The age in seconds up to which what Prometheus scraped of a process says what runs: as long as
/// Prometheus itself returns a sample.
const MAX_SCRAPE_AGE: u64 = 300;

fn finding(code: Code, verdict: Verdict) -> Finding {
    Finding::new(code, RUNG, verdict, Subject::Process)
}

/// What the source of replicas knows of one of them.
pub(super) fn beside(place: &Place) -> Vec<Finding> {
    let beside = &place.beside;
    let mut findings = Vec::new();
    if let (Some(image), Some((name, tagged))) = (&beside.image, &beside.tagged)
        && image != tagged
    {
        findings.push(finding(Code::ImageReplaced, Verdict::Skipped).with(|evidence| {
            evidence.name = Some(name.clone());
            evidence.path = Some(image.clone());
        }));
    }
    if let Some((created, file)) = &beside.config
        && created != file
    {
        findings.push(finding(Code::ComposeConfigDiffers, Verdict::Skipped));
    }
    if let Some(restarts) = beside.restarts.filter(|restarts| *restarts > 0) {
        let seen = usize::try_from(restarts).unwrap_or(usize::MAX);
        findings.push(
            finding(Code::ReplicaRestarted, Verdict::Skipped)
                .with(|evidence| evidence.instances = Some(Instances { seen, of: seen })),
        );
    }
    if let Some(age) = beside.scraped {
        let (code, verdict) = if age <= MAX_SCRAPE_AGE {
            (Code::AsScraped, Verdict::Skipped)
        } else {
            (Code::ScrapeTooOld, Verdict::Unknown)
        };
        let age = format!("{age} s");
        findings.push(finding(code, verdict).with(|evidence| evidence.name = Some(age)));
    }
    findings.into_iter().map(|finding| finding.at(place.address.as_ref())).collect()
}

/// What is known of all addresses together.
pub(super) fn together(gathered: &Gathered, verdicts: &[Verdict]) -> Vec<Finding> {
    let mut findings = shared(gathered);
    if let Some(replicas) = gathered.replicas {
        findings.extend(missing(gathered, replicas, None, |_| true));
    }
    for (number, fleet) in gathered.fleets.iter().enumerate() {
        findings.extend(of_fleet(gathered, number, fleet));
    }
    let mut same = gathered.places.iter().zip(verdicts);
    let good = same.find(|(place, verdict)| **verdict == Verdict::Same && place.address.is_some());
    let Some((good, _)) = good else { return findings };
    for (place, verdict) in gathered.places.iter().zip(verdicts) {
        // Of the replicas of one source each stands for itself.
        if !matches!(verdict, Verdict::Drift | Verdict::Unknown)
            || place.instances.is_empty()
            || place.fleet.is_some()
        {
            continue;
        }
        let between = place.via.proxy.clone().filter(|_| place.via.proxy != good.via.proxy);
        let via = between.map(|proxy| Via { proxy: Some(proxy), cached: None });
        findings.push(
            finding(Code::AddressesDisagree, Verdict::Skipped).at(place.address.as_ref()).with(
                |evidence| {
                    evidence.addresses = good.address.iter().cloned().collect();
                    evidence.via = via;
                },
            ),
        );
    }
    findings
}

/// What is known of the replicas of one source.
fn of_fleet(gathered: &Gathered, number: usize, fleet: &Fleet) -> Vec<Finding> {
    let target = Some(&fleet.target);
    if let Some(why) = &fleet.unavailable {
        let unlisted = finding(Code::ReplicasUnlisted, Verdict::Unknown).because(why.as_str());
        return vec![unlisted.with(|evidence| evidence.name = target.cloned())];
    }
    let mut findings = Vec::new();
    if let Some(wanted) = fleet.wanted {
        findings.extend(missing(gathered, wanted, target, |place| place.fleet == Some(number)));
    }
    if !fleet.ending.is_empty() {
        let names = fleet.ending.join(", ");
        let what = "replicas that end";
        findings.push(not_compared(RUNG, Subject::Process, what, &names).at(target));
    }
    findings
}

/// The process of a live answer.
type Key<'a> = (&'a str, &'a str);

/// The distinct processes that answered at a place.
fn live(place: &Place) -> impl Iterator<Item = Key<'_>> {
    let answers = place.served.is_none() && place.unavailable.is_none();
    place
        .instances
        .iter()
        .filter(move |one| answers && !one.stored)
        .map(|one| (one.report.instance.as_str(), one.report.started_at.as_str()))
}

/// Fewer distinct processes than are expected.
fn missing(
    gathered: &Gathered,
    expected: usize,
    target: Option<&String>,
    counts: impl Fn(&Place) -> bool,
) -> Option<Finding> {
    let places = || gathered.places.iter().filter(|place| counts(place));
    let processes = places().flat_map(live).collect::<BTreeSet<_>>().len();
    // Files have no instance: a web server is one replica by the address that its engine lists.
    let servers = places()
        .filter(|place| place.fleet.is_some() && place.served.is_some())
        .filter(|place| place.unavailable.is_none())
        .filter_map(|place| place.address.as_ref())
        .collect::<BTreeSet<_>>()
        .len();
    let seen = processes + servers;
    (seen < expected).then(|| {
        finding(Code::ReplicasMissing, Verdict::Unknown)
            .at(target)
            .with(|evidence| evidence.instances = Some(Instances { seen, of: expected }))
    })
}

/// One process under several addresses.
fn shared(gathered: &Gathered) -> Vec<Finding> {
    let mut places: BTreeMap<Key<'_>, Vec<&Place>> = BTreeMap::new();
    for place in &gathered.places {
        for key in live(place) {
            places.entry(key).or_default().push(place);
        }
    }
    let mut findings = Vec::new();
    for shared in places.values().filter(|shared| shared.len() > 1 && !is_dual_stack(shared)) {
        let is_listed = shared.iter().filter(|place| place.fleet.is_some()).count() > 1;
        let is_unknown = gathered.replicas.is_some() || is_listed;
        let verdict = if is_unknown { Verdict::Unknown } else { Verdict::Skipped };
        let addresses = shared.iter().filter_map(|place| place.address.clone()).collect();
        findings.push(
            finding(Code::SharedInstance, verdict).with(|evidence| evidence.addresses = addresses),
        );
    }
    findings
}

/// Whether it is one replica with an address of each family.
fn is_dual_stack(places: &[&Place]) -> bool {
    let [one, other] = places else { return false };
    match (one.beside.ip, other.beside.ip) {
        (Some(ip), Some(and)) => one.fleet == other.fleet && ip.is_ipv4() != and.is_ipv4(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Beside, Instance, Served, judge};
    use crate::report::Report;
    use crate::routes::Routes;
    use crate::stamp::{Facts, Stamp};

    fn place(address: &str, instance: &str) -> Place {
        let stamp = Stamp::seal(Facts::new("api", "1.0.0")).unwrap();
        let routes = Routes::unavailable("not of interest");
        let report = Report::new(&stamp, &routes, instance, "2026-01-01T00:00:00Z");
        Place {
            address: Some(address.to_owned()),
            instances: vec![Instance { report, expectation: None, stored: false }],
            fleet: Some(0),
            ..Place::default()
        }
    }

    fn codes(gathered: &Gathered) -> Vec<(Code, Verdict)> {
        let ours = [
            Code::SharedInstance,
            Code::ReplicasMissing,
            Code::ReplicasUnlisted,
            Code::InstanceChanged,
            Code::AsScraped,
            Code::ScrapeTooOld,
        ];
        let findings = judge(gathered).into_iter().filter(|one| ours.contains(&one.code));
        findings.map(|one| (one.code, one.verdict)).collect()
    }

    fn gathered(places: Vec<Place>, wanted: Option<usize>) -> Gathered {
        let fleet = Fleet { target: "dns+http://api".to_owned(), wanted, ..Fleet::default() };
        Gathered { places, fleets: vec![fleet], ..Gathered::default() }
    }

    #[test]
    fn web_servers_are_counted_by_the_addresses_that_are_listed() {
        let files = |address| Place { served: Some(Served::default()), ..place(address, "files") };
        let missing = (Code::ReplicasMissing, Verdict::Unknown);
        assert_eq!(codes(&gathered(vec![files("a"), files("b")], Some(2))), []);
        assert_eq!(codes(&gathered(vec![files("a"), files("a")], Some(2))), [missing]);
        assert_eq!(codes(&gathered(vec![files("a")], Some(2))), [missing]);
        // Behind an address that nobody listed there may be any number of them.
        let alone = Place { fleet: None, ..files("a") };
        let gathered = Gathered { places: vec![alone], replicas: Some(1), ..Gathered::default() };
        assert_eq!(codes(&gathered), [missing]);
    }

    #[test]
    fn replicas_are_counted_by_process_and_not_by_address() {
        let two = || vec![place("a", "1"), place("b", "2")];
        assert_eq!(codes(&gathered(two(), Some(2))), []);
        let missing = (Code::ReplicasMissing, Verdict::Unknown);
        assert_eq!(codes(&gathered(two(), Some(3))), [missing]);
        let twice = || vec![place("a", "1"), place("b", "1")];
        let shared = (Code::SharedInstance, Verdict::Unknown);
        assert_eq!(codes(&gathered(twice(), None)), [shared]);
        assert_eq!(codes(&gathered(twice(), Some(2))), [shared, missing]);
        let mut down = two();
        down[1].unavailable = Some("it is down".to_owned());
        assert_eq!(codes(&gathered(down, Some(2))), [missing]);
        let fleets = vec![Fleet { unavailable: Some("empty".to_owned()), ..Fleet::default() }];
        let none = Gathered { fleets, ..Gathered::default() };
        assert_eq!(codes(&none), [(Code::ReplicasUnlisted, Verdict::Unknown)]);
    }

    #[test]
    fn one_replica_with_an_address_of_each_family_is_one() {
        let at = |ip: &str, instance| {
            let beside = Beside { ip: Some(ip.parse().unwrap()), ..Beside::default() };
            Place { beside, ..place(ip, instance) }
        };
        assert_eq!(codes(&gathered(vec![at("10.0.0.1", "1"), at("fd00::1", "1")], None)), []);
        let two = vec![at("10.0.0.1", "1"), at("10.0.0.2", "1")];
        assert_eq!(codes(&gathered(two, None)), [(Code::SharedInstance, Verdict::Unknown)]);
    }

    #[test]
    fn an_instance_that_changes_between_two_questions_is_unknown() {
        let mut changed = place("a", "1");
        changed.instances.extend(place("a", "2").instances);
        let unknown = (Code::InstanceChanged, Verdict::Unknown);
        assert_eq!(codes(&gathered(vec![changed], None)), [unknown]);
    }

    #[test]
    fn a_scrape_has_an_age() {
        let scraped = |age| {
            let beside = Beside { scraped: Some(age), ..Beside::default() };
            codes(&gathered(vec![Place { beside, ..place("a", "1") }], None))
        };
        assert_eq!(scraped(3), [(Code::AsScraped, Verdict::Skipped)]);
        assert_eq!(scraped(MAX_SCRAPE_AGE + 1), [(Code::ScrapeTooOld, Verdict::Unknown)]);
    }
}
