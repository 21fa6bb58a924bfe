//! What the judge must never do, over generated evidence.

use proptest::prelude::*;

use super::*;
use crate::findings::{
    Artifact, ArtifactKind, Bypass, Claim, Distance, Expectation, History, Inside, Instance,
    Outcome, Outside, Place, Response, RouteProbe, Via,
};
use crate::report::{Executable, ExecutableState, Level, Observation, Report};
use crate::routes::Routes;
use crate::stamp::{CommitId, Digest, Facts, Module, Origin, Revision, Stamp, Tree};

/// A small world: each fact is one of a few values, so that equal ones are common.
#[derive(Debug, Clone)]
struct Build {
    commit: Option<u8>,
    content: Option<u8>,
    claimed: bool,
    tree: Tree,
    profile: u8,
    declared: Option<bool>,
}

fn build() -> impl Strategy<Value = Build> {
    let fact = || prop_oneof![Just(None), (0_u8..3).prop_map(Some)];
    let tree = prop_oneof![Just(Tree::Clean), Just(Tree::Dirty), Just(Tree::Unknown)];
    let declared = prop_oneof![Just(None), any::<bool>().prop_map(Some)];
    (fact(), fact(), any::<bool>(), tree, 0_u8..2, declared).prop_map(
        |(commit, content, claimed, tree, profile, declared)| Build {
            commit,
            content,
            claimed,
            tree,
            profile,
            declared,
        },
    )
}

fn commit(number: u8) -> CommitId {
    format!("{:x}", number + 1).repeat(40).parse().unwrap()
}

fn content(number: u8) -> Digest {
    Digest::of(&[number])
}

fn stamp(build: &Build) -> Stamp {
    let mut facts = Facts::new("api", "1.0.0");
    facts.commit = build.commit.map(commit);
    let origin = match (build.commit, build.claimed) {
        (None, _) => Origin::Unknown,
        (_, true) => Origin::Override,
        (_, false) => Origin::Git,
    };
    facts.revision = Revision { origin, tree: build.tree };
    facts.content = build.content.map(content);
    for fact in ["commit", "content", "tree"] {
        facts.unknown.insert(fact.to_owned(), "in this test".to_owned());
    }
    facts.build.profile = Some(format!("profile-{}", build.profile));
    facts.build.target = Some("x86_64-unknown-linux-gnu".to_owned());
    if let Some(declared) = build.declared {
        use crate::stamp::Declared;
        let declared = if declared { Declared::Yes } else { Declared::No("no line".to_owned()) };
        facts.modules = vec![Module {
            name: "workflow".to_owned(),
            path: "src/workflow".to_owned(),
            sha256: Digest::of(b"workflow"),
            files: 1,
            bytes: 1,
            declared: Some(declared),
        }];
    }
    Stamp::seal(facts).unwrap()
}

/// Source, as it stands to a build.
fn expectation(source: &Build, exactly: bool, dirty: bool, found: &Build) -> Expectation {
    let history = match (source.commit, found.commit) {
        (Some(expected), Some(found)) => Some(History {
            distance: match expected.cmp(&found) {
                std::cmp::Ordering::Equal => Distance::Equal,
                std::cmp::Ordering::Greater => Distance::Behind { commits: 1 },
                std::cmp::Ordering::Less => Distance::Ahead { commits: 1 },
            },
            changed: vec!["src/main.rs".to_owned()],
            packages: vec!["api".to_owned()],
            matter: Some(1),
            commit: None,
        }),
        _ => None,
    };
    Expectation {
        exactly,
        name: Some("api".to_owned()),
        commit: source.commit.map(commit),
        content: source.content.map(content),
        changes: Some(if dirty { vec!["M src/main.rs".to_owned()] } else { Vec::new() }),
        history,
        ..Expectation::default()
    }
}

fn report(build: &Build, level: Level, intact: Option<bool>) -> Report {
    let routes = Routes::unavailable("in this test");
    let report = Report::new(&stamp(build), &routes, "0123456789abcdef", "2026-01-01T00:00:00Z");
    let state = match intact {
        Some(true) => ExecutableState::Same,
        Some(false) => ExecutableState::Replaced,
        None => ExecutableState::Unknown,
    };
    let executable =
        Executable { state, ..Executable::unknown(Some("/api".to_owned()), "in this test") };
    let executable = match intact {
        Some(_) => Executable { unknown: None, ..executable },
        None => executable,
    };
    let at = "2026-01-01T00:00:00Z".to_owned();
    let report = report.observed(Observation::new(at, executable, Vec::new()));
    if level == Level::Full { report } else { report.summary() }
}

fn artifact(build: &Build, expectation: Option<Expectation>) -> Artifact {
    Artifact {
        kind: ArtifactKind::Image,
        stamp: stamp(build),
        expectation,
        compiled: std::collections::BTreeMap::new(),
        no_list: None,
        read_outside: Vec::new(),
        variables: Vec::new(),
        contradictions: Vec::new(),
        lower_layers: Vec::new(),
        shipped: Vec::new(),
        mounted: None,
        entrypoint: None,
    }
}

fn bypass() -> impl Strategy<Value = Bypass> {
    prop_oneof![
        4 => Just(Bypass::Same),
        1 => Just(Bypass::Failed("in this test".to_owned())),
        1 => Just(Bypass::IgnoresQuery("in this test".to_owned())),
        1 => Just(Bypass::Contradicted("in this test".to_owned())),
    ]
}

/// One process, and everything that can be known of it.
#[derive(Debug, Clone)]
struct World {
    source: Build,
    exactly: bool,
    dirty: bool,
    process: Build,
    intact: Option<bool>,
    bypass: Bypass,
    cached: bool,
    built: Build,
}

fn world() -> impl Strategy<Value = World> {
    let intact = prop_oneof![Just(Some(true)), Just(Some(false)), Just(None)];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (build(), build(), build(), intact, bypass(), flags).prop_map(
        |(source, process, built, intact, bypass, (exactly, dirty, cached))| World {
            source,
            exactly,
            dirty,
            process,
            intact,
            bypass,
            cached,
            built,
        },
    )
}

impl World {
    /// Whether the process says that it is the clean commit of source, with other content. Clean
    /// means that content is the commit's, so that there are no such two builds by one format.
    fn contradicts_itself(&self) -> bool {
        let Self { source, process, .. } = self;
        let is_clean = process.tree == Tree::Clean && !process.claimed && !self.dirty;
        let both = source.content.zip(process.content);
        is_clean
            && source.commit.is_some()
            && source.commit == process.commit
            && both.is_some_and(|(expected, found)| expected != found)
    }
}

/// What is given to the command.
#[derive(Debug, Clone, Copy)]
struct Given {
    token: bool,
    artifact: bool,
}

fn gathered(world: &World, given: Given) -> Gathered {
    let expects = |found: &Build| expectation(&world.source, world.exactly, world.dirty, found);
    let level = if given.token { Level::Full } else { Level::Summary };
    let cached = world.cached.then(|| "Age: 12".to_owned());
    let place = Place {
        address: Some("http://127.0.0.1:1".to_owned()),
        instances: vec![Instance {
            report: report(&world.process, level, world.intact),
            expectation: Some(expects(&world.process)),
            stored: false,
        }],
        via: Via { proxy: None, cached },
        bypass: world.bypass.clone(),
        ..Place::default()
    };
    Gathered {
        source: SourceEvidence::Read(Box::new(expects(&world.process))),
        artifact: given.artifact.then(|| Ok(artifact(&world.built, Some(expects(&world.built))))),
        artifact_name: "docker://api".to_owned(),
        places: vec![place],
        token: given.token,
        ..Gathered::default()
    }
}

fn running(gathered: &Gathered) -> Verdict {
    Outcome::of(judge(gathered)).of_rung(Rung::Running)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_token_or_an_artifact_never_weakens_an_answer(world in world()) {
        let judge = |token, artifact| running(&gathered(&world, Given { token, artifact }));
        let bare = judge(false, false);
        for (token, artifact) in [(true, false), (false, true), (true, true)] {
            let more = judge(token, artifact);
            match bare {
                Verdict::Drift => prop_assert_eq!(more, Verdict::Drift),
                // Only what differs by itself turns same into anything else.
                Verdict::Same => {
                    let differs = artifact && world.built.content != world.process.content;
                    prop_assert!(more == Verdict::Same || differs && more == Verdict::Drift);
                }
                Verdict::Unknown | Verdict::Skipped => {}
            }
        }
        prop_assert_eq!(judge(true, false) == Verdict::Drift, bare == Verdict::Drift);
    }

    #[test]
    fn the_verdict_without_source_is_never_same_where_source_says_drift(world in world()) {
        let with = gathered(&world, Given { token: true, artifact: true });
        let mut without = with.clone();
        without.source = SourceEvidence::None(String::new());
        without.places[0].instances[0].expectation = None;
        if let Some(Ok(artifact)) = &mut without.artifact {
            artifact.expectation = None;
        }
        let artifact = Outcome::of(judge(&with)).of_rung(Rung::Artifact);
        // An artifact that is what source says, and a process that is the artifact. The same code of
        // another commit is not exactly the commit that was asked for. By the commit alone the two
        // are the same also where the process contradicts itself, which source alone can show.
        if world.contradicts_itself() {
            prop_assert_ne!(running(&with), Verdict::Same, "{:?}", judge(&with));
        } else if !world.exactly && artifact == Verdict::Same && running(&without) == Verdict::Same {
            prop_assert_ne!(running(&with), Verdict::Drift, "{:?}", judge(&with));
        }
    }

    #[test]
    fn same_is_proven_by_content_or_by_a_clean_commit(world in world()) {
        let judged = gathered(&world, Given { token: true, artifact: false });
        if running(&judged) == Verdict::Same {
            let World { source, process, .. } = &world;
            let by_content = source.content.is_some() && source.content == process.content;
            let by_commit = source.commit.is_some() && source.commit == process.commit
                && !process.claimed && process.tree == Tree::Clean && !world.dirty;
            prop_assert!(by_content || by_commit);
            prop_assert_eq!(&world.bypass, &Bypass::Same);
            prop_assert_ne!(world.intact, Some(false));
        }
    }

    #[test]
    fn another_address_never_weakens_the_whole(one in world(), other in world()) {
        let given = Given { token: true, artifact: false };
        let other = World { source: one.source.clone(), exactly: one.exactly, dirty: one.dirty, ..other };
        let alone = Outcome::of(judge(&gathered(&one, given))).verdict;
        let mut both = gathered(&one, given);
        both.places.extend(gathered(&other, given).places);
        let together = Outcome::of(judge(&both)).verdict;
        match alone {
            Verdict::Drift => prop_assert_eq!(together, Verdict::Drift),
            Verdict::Unknown | Verdict::Skipped => prop_assert_ne!(together, Verdict::Same),
            Verdict::Same => {}
        }
    }

    #[test]
    fn a_route_drifts_only_if_nothing_of_its_own_answers(
        status in prop_oneof![Just(200_u16), Just(204), Just(401), Just(404), Just(405), Just(302), Just(500), Just(503)],
        others in prop_oneof![Just(200_u16), Just(401), Just(404), Just(302)],
        own_body in any::<bool>(),
        fallback in any::<bool>(),
    ) {
        let answer = |status: u16, body: &[u8]| Response {
            status,
            status_text: status.to_string(),
            is_html: false,
            location: None,
            body: Some(Digest::of(body)),
            cached: None,
        };
        let body: &[u8] = if own_body { b"own" } else { b"nothing" };
        let probe = RouteProbe {
            method: "GET".to_owned(),
            path: "/api/x".to_owned(),
            inside: if fallback { Inside::Fallback } else { Inside::NotMounted },
            outside: Outside::Answered {
                answer: answer(status, body),
                nonsense: vec![answer(others, b"nothing"), answer(others, b"nothing")],
            },
            authenticated: None,
        };
        let place = Place { address: Some("http://127.0.0.1:1".to_owned()), routes: vec![probe], ..Place::default() };
        let gathered = Gathered { places: vec![place], routes_asked: true, ..Gathered::default() };
        let verdict = Outcome::of(judge(&gathered)).of_rung(Rung::Route);
        let is_nonsense = status == others && !own_body;
        prop_assert_ne!(verdict, Verdict::Same);
        prop_assert_eq!(verdict == Verdict::Drift, is_nonsense && status != 401);
    }
}

#[test]
fn the_same_build_is_the_same_code() {
    let claim = |build: &Build| Claim::from(&stamp(build));
    let one = Build {
        commit: Some(0),
        content: Some(0),
        claimed: false,
        tree: Tree::Clean,
        profile: 0,
        declared: None,
    };
    let other = Build { profile: 1, ..one.clone() };
    assert_ne!(claim(&one).fingerprint, claim(&other).fingerprint);
    let world = World {
        source: one.clone(),
        exactly: false,
        dirty: false,
        process: one,
        intact: Some(true),
        bypass: Bypass::Same,
        cached: false,
        built: other,
    };
    let judged = judge(&gathered(&world, Given { token: true, artifact: true }));
    assert_eq!(Outcome::of(judged.clone()).verdict, Verdict::Same, "{judged:?}");
    let differs = judged.iter().find(|finding| finding.code == Code::BuildDiffers);
    let how = differs.and_then(|finding| finding.evidence.path.clone()).unwrap_or_default();
    assert_eq!(how, "profile profile-0 in place of profile-1");
}

#[test]
fn what_was_copied_into_a_container_is_restarted_and_not_recreated() {
    let new = Build {
        commit: Some(1),
        content: Some(1),
        claimed: false,
        tree: Tree::Clean,
        profile: 0,
        declared: None,
    };
    let old = Build { commit: Some(0), content: Some(0), ..new.clone() };
    let world = World {
        source: new.clone(),
        exactly: false,
        dirty: false,
        process: old,
        intact: Some(true),
        bypass: Bypass::Same,
        cached: false,
        built: new,
    };
    let advice = |kind: ArtifactKind| {
        let mut gathered = gathered(&world, Given { token: true, artifact: true });
        if let Some(Ok(artifact)) = &mut gathered.artifact {
            artifact.kind = kind;
        }
        let found = judge(&gathered).into_iter().find(|one| one.verdict == Verdict::Drift);
        let found = found.expect("it drifts");
        (found.code, found.next().expect("there is something to do"))
    };
    let (code, next) = advice(ArtifactKind::Image);
    assert!(code == Code::NotRecreated && next.starts_with("recreate the container"), "{next}");
    let (code, next) = advice(ArtifactKind::Container);
    assert!(code == Code::NotRestarted && next.starts_with("restart the container"), "{next}");
    let (code, next) = advice(ArtifactKind::Binary);
    assert!(code == Code::NotRestarted && next.starts_with("restart the process"), "{next}");
}
