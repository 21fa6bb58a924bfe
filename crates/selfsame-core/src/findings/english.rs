//! The English of all findings, in this one file.
//!
//! A title is a clause without a full stop. A remedy is one step. Words between braces are filled
//! in from the finding; `docs/findings.md` shows them as they are.

use super::Code;

/// The English of one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// What was found, in a clause.
    pub title: &'static str,
    /// What that means, in a few sentences.
    pub explanation: &'static str,
    /// What to do about it, if anything.
    pub remedy: Option<&'static str>,
}

const fn entry(title: &'static str, explanation: &'static str) -> Entry {
    Entry { title, explanation, remedy: None }
}

const fn fix(title: &'static str, explanation: &'static str, remedy: &'static str) -> Entry {
    Entry { title, explanation, remedy: Some(remedy) }
}

impl Code {
    /// Its title, explanation and remedy.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "one arm a code, all English in one place")]
    pub fn english(self) -> Entry {
        match self {
            Self::SourceRead => entry(
                "{name}",
                "Source was read: its commit, and the content of everything that goes into the \
                 build. All later rungs are compared with it.",
            ),
            Self::SourceChanged => entry(
                "the working tree differs from its commit",
                "Source has changes that are not committed. The working tree is what is compared, \
                 unless `--commit` names a revision.",
            ),
            Self::SourceUnknown => fix(
                "source states neither commit nor content",
                "Nothing can be compared with this source.",
                "fix the reason shown, or name another directory with --source",
            ),
            Self::NoSource => entry(
                "no source was given",
                "Neither `--source` nor `--commit` was given, and the current directory is not a \
                 package in a git repository.",
            ),
            Self::NoExpectation => fix(
                "there is nothing to compare with",
                "The command needs source, a commit, an artifact or a route to compare with.",
                "give --source, --commit, --artifact or --route",
            ),
            Self::WorkspaceRoot => fix(
                "the root of a workspace, without a package named `{name}`",
                "At the root of a workspace, the package is the one whose name the artifact or the \
                 process reports. The workspace has no package of that name, or more than one.",
                "name the package's directory with --source",
            ),
            Self::NotCompared => entry(
                "not compared: {name}",
                "A part was left out of the comparison, for the reason shown. A verdict `same` \
                 makes no statement about it.",
            ),
            Self::Equal => entry(
                "{subject} equals source",
                "Commit and content are equal. The commit was read from git, from a clean tree.",
            ),
            Self::EqualClaimed => entry(
                "{subject} equals source; its commit is a claim",
                "Content is equal, which is a proof. The commit is equal as well, but it comes from \
                 a variable or a file and not from git, so it proves nothing by itself.",
            ),
            Self::EqualWithChanges => entry(
                "{subject} equals source, including its local changes",
                "Commit and content are equal. The tree was not clean when it was built, and source \
                 has the same changes.",
            ),
            Self::OtherCommitSameContent => entry(
                "{subject} is of another commit with the same content{apart}",
                "The commits differ in files that do not go into the build. With `--commit`, which \
                 expects exactly one commit, this is drift.",
            ),
            Self::CommitUnknown => fix(
                "{subject} has the content of source; a commit is unknown",
                "Equal content proves the code. With `--commit`, which expects exactly one commit, \
                 the answer is unknown.",
                "set SELFSAME_COMMIT in the build, or compare with --source only",
            ),
            Self::CommitOnly => entry(
                "{subject} has the commit of source; content was not compared",
                "The commit is equal and was read from git, from a clean tree, and source is clean \
                 as well. A content is unknown on one side.",
            ),
            Self::CommitClaimed => fix(
                "{subject} claims the commit of source, which is not a proof",
                "The commit is equal, but it is a claim or comes from a changed tree, and the \
                 content that would prove it is unknown or does not cover all packages.",
                "fix the reason why the content is unknown, then rebuild and deploy",
            ),
            Self::ContentDiffers => fix(
                "{subject} has the commit of source and different content",
                "It was built from the same commit, but not from the files that the commit holds: \
                 from local changes, generated files or a patched checkout.",
                "rebuild from a clean checkout and deploy",
            ),
            Self::LineEndingsDiffer => fix(
                "{subject} has the commit of source with other line endings",
                "Both are clean checkouts of one commit, made under different settings \
                 (`core.autocrlf`, `core.eol`). The content with the other line endings was hashed, \
                 and is equal. Files that are embedded differ in the binary.",
                "add `* text=auto eol=lf` to .gitattributes and commit it, check out again, then \
                 rebuild and deploy",
            ),
            Self::LocalChanges => fix(
                "{subject} equals HEAD; source has local changes",
                "The only difference is what is not committed in the working tree.",
                "compare with the commit: --commit HEAD",
            ),
            Self::InactivePackagesDiffer => entry(
                "{subject} leaves out the packages that differ",
                "The content differs in optional or target-specific packages alone, and the \
                 features and the target of the build leave them out.",
            ),
            Self::LockEdgesDiffer => entry(
                "Cargo.lock differs in edges that build the same",
                "Cargo.lock lists other dependencies between the same packages, since features are \
                 united over all members and dev-dependencies. `cargo tree` shows the same packages \
                 with the same features at both revisions.",
            ),
            Self::FeaturesUnified => fix(
                "Cargo.lock differs in edges whose effect is unknown",
                "Cargo.lock lists other dependencies between the same packages. Whether a binary is \
                 built with other features is for cargo to say, and it could not be asked.",
                "run the check where `cargo tree --locked --offline` works",
            ),
            Self::ToolchainDiffers => fix(
                "{subject} was built by another compiler than source pins: {path}",
                "The toolchain file of source pins a version, and the stamp states another one.",
                "build with the pinned toolchain and deploy",
            ),
            Self::DependenciesDiffer => fix(
                "{subject} was built with different dependencies{apart}",
                "No file of the package differs. The dependencies in Cargo.lock do.",
                "commit Cargo.lock, rebuild with `cargo build --locked` and deploy",
            ),
            Self::CommitBehind => fix(
                "{subject} is older than source{apart}",
                "Its commit is an ancestor of the expected one, and the content differs.",
                "{rebuild}",
            ),
            Self::CommitAhead => fix(
                "{subject} is newer than source{apart}",
                "The expected commit is an ancestor of what was found. This clone is what is old.",
                "update this clone, or check out the revision that should run",
            ),
            Self::RollbackNotTaken => fix(
                "{subject} is newer than the expected commit{apart}: the rollback did not take",
                "An older commit was asked for than the one that was found.",
                "deploy the expected commit again",
            ),
            Self::CommitDiverged => fix(
                "{subject} is of another branch{apart}",
                "Neither commit is an ancestor of the other.",
                "check out the branch that should run, or build and deploy this one",
            ),
            Self::CommitNotInClone => fix(
                "{subject} is of a commit that this clone does not hold",
                "It may be newer than this clone, from another branch, or lost in a rebase.",
                "run `git fetch`, then check again",
            ),
            Self::CloneShallow => fix(
                "{subject} is of a commit that this shallow clone does not hold",
                "How far the commits are apart is unknown, and so is which one is older.",
                "run `git fetch --unshallow`, then check again",
            ),
            Self::CommitDiffers => fix(
                "{subject} is of another commit{apart}; content was not compared",
                "The commits differ, and a content is unknown, so whether the code differs is \
                 unknown. With `--commit`, which expects exactly one commit, this is drift.",
                "fix the reason why the content is unknown, then check again",
            ),
            Self::ContentDiffersCommitUnknown => fix(
                "{subject} has different content; a commit is unknown",
                "The code differs. Which side is older is unknown.",
                "{rebuild}",
            ),
            Self::NothingComparable => fix(
                "{subject} has neither a commit nor a content to compare",
                "Each is unknown on at least one side.",
                "fix the reasons shown, then rebuild and deploy",
            ),
            Self::OtherPackage => fix(
                "package `{found_name}` was found, expected `{name}`",
                "The address or the artifact belongs to another service.",
                "check the address, or name the package with --source",
            ),
            Self::ModuleNotCompiled => fix(
                "{modules} not compiled in",
                "The module is in source, and the compiler did not read it: no `mod` line reaches \
                 it, or its feature is off.",
                "add the `mod` line or turn on the feature, then rebuild",
            ),
            Self::ReadOutsideContent => fix(
                "the compiler read `{path}`, which content does not cover",
                "A file went into the build that the content hash does not include. If it differs \
                 from source, or that is unknown, equal content is not a proof.",
                "add it to the content: also = [\"{path}\"]",
            ),
            Self::ShippedMissing => fix(
                "shipped directory `{name}` is missing at `{path}`",
                "The build expects these files next to the executable.",
                "deploy `{name}` with the executable, or set {variable}",
            ),
            Self::ShippedDiffers => fix(
                "the files of `{name}` at `{path}` differ from the build",
                "They were not deployed with the executable, were changed later, or a mount hides \
                 them.",
                "deploy `{name}` with the executable; look for a mount or a volume at `{path}`",
            ),
            Self::ConfigNotLoaded => fix(
                "configuration that is there was not loaded: `{name}`",
                "It was changed, replaced or removed after the process had loaded it, so the process \
                 works with the former one.",
                "restart the process, or let it reload `{name}`",
            ),
            Self::ConfigUnknown => fix(
                "whether configuration is what was loaded is unknown: `{name}`",
                "It could not be read, then or now.",
                "make `{name}` readable for the process, then restart it",
            ),
            Self::ShippedUnknown => fix(
                "whether the files of `{name}` at `{path}` are those of the build is unknown",
                "They could not be read, or the build did not have them.",
                "make `{path}` readable, or build `{name}` before the executable",
            ),
            Self::ArtifactUnreadable => fix(
                "the artifact cannot be judged",
                "It cannot be read, or it does not carry exactly one stamp of the package.",
                "check the name of the artifact, and that its build calls selfsame",
            ),
            Self::LabelContradictsStamp => entry(
                "{name} contradicts the stamp",
                "A label, a tag or a variable names another commit than the binary's stamp. The \
                 stamp is what counts.",
            ),
            Self::StampInLowerLayer => entry(
                "a lower layer has another stamp at `{path}`",
                "It was hidden by a later layer and does not count.",
            ),
            Self::ExecutableMounted => fix(
                "a mount at `{path}` hides the executable",
                "What the container runs is not in the exported files, so they prove nothing.",
                "ask the process instead, or remove the mount",
            ),
            Self::EntrypointNotStamped => fix(
                "the entrypoint starts `{path}`, which has no stamp",
                "The stamp is in another file of the image than the one that is started.",
                "start the stamped executable, or stamp `{path}`",
            ),
            Self::ReportUnavailable => fix(
                "no report",
                "The process did not answer, or what answered is not a report.",
                "check the address and that the process is up",
            ),
            Self::ReportCaptured => {
                entry("the report was captured", "It states what ran when it was fetched.")
            }
            Self::ArtifactRunning => entry(
                "{subject} is the artifact",
                "The fingerprints are equal: it is the same build.",
            ),
            Self::ArtifactNotRunning => fix(
                "{subject} is not the artifact",
                "It is another build, of other code.",
                "deploy the artifact",
            ),
            Self::NotRestarted => fix(
                "the artifact is current, and the process was not restarted",
                "The file equals source, and what runs is another build of other code.",
                "restart the process; if it runs in a container, rebuild the image and recreate it",
            ),
            Self::NotRecreated => fix(
                "the image is current, and the container was not recreated",
                "The image equals source, and what runs is another build of other code.",
                "recreate the container, since a restart keeps the old image; if that was done, \
                 look for a mount or a volume over the executable",
            ),
            Self::NotDeployed => fix(
                "the built files are current, and the served files are not",
                "The artifact equals source, and what is served is another build.",
                "deploy the built files; if they are in a container, recreate it; if that was done, \
                 look for a mount or a volume over them",
            ),
            Self::OtherBuild => entry(
                "{subject} is another build than the artifact",
                "The fingerprints differ, which cover the commit too. Whether features and flags \
                 of the two builds are equal is shown by a finding of its own where both state \
                 them.",
            ),
            Self::BuildDiffers => fix(
                "{subject} was built in another way than the artifact: {path}",
                "Both state how they were built, and features, flags, profile, target or compiler \
                 differ. The same source gives another binary then.",
                "deploy the artifact, or compare with the one that was deployed",
            ),
            Self::ExecutableReplaced => fix(
                "the executable at `{path}` was replaced",
                "The file is another one than the one that runs. A restart runs the new file.",
                "restart the process",
            ),
            Self::ExecutableRewritten => entry(
                "the executable at `{path}` loads the same code from another file",
                "The stamps of both files and all that the system loads of them were compared and are \
                 equal. The rest differs, such as symbols and debug information: the file was \
                 stripped, or signed in a section of its own.",
            ),
            Self::ExecutableMissing => fix(
                "the executable at `{path}` is gone",
                "It was deleted or renamed, so a restart fails.",
                "deploy the executable, then restart the process",
            ),
            Self::NotIntact => fix(
                "its executable or a shipped directory differs from the build",
                "At this level, the report does not say which.",
                "ask with a token for names: --token-env",
            ),
            Self::IntactUnknown => fix(
                "whether its executable and files are intact is unknown",
                "The process could not look at all of them.",
                "fix the reason shown, then check again",
            ),
            Self::ShippedDifferedAtStart => fix(
                "the files of `{name}` at `{path}` differed when the process started",
                "They equal the build now. The process may still hold the files that it read then.",
                "restart the process",
            ),
            Self::ServedFilesDiffer => fix(
                "{count} of {total} served files differ from the stamp",
                "The files were fetched and compared with the list in the stamp.",
                "deploy the built directory as a whole; look for a mount or a volume over it, or a \
                 cache in front of it",
            ),
            Self::ServedFilesUnknown => fix(
                "{count} of {total} served files could not be compared",
                "A stamp states what was built and not what is served.",
                "make every file available, then check again",
            ),
            Self::ServedFilesEqual => entry(
                "{total} served files equal the stamp",
                "Each file was fetched and compared with the list in the stamp.",
            ),
            Self::ResponseCached => fix(
                "{proxy} serves a cached report",
                "Callers get a stored response and not that of the process. Other responses may be \
                 as old.",
                "purge the cache and exclude /__build from it",
            ),
            Self::CacheBypassFailed => fix(
                "whether the report is cached is unknown",
                "A request that no cache can have stored was not answered by the process.",
                "check again, or ask the process at an address of its own",
            ),
            Self::QueryIgnored => fix(
                "the responder ignores the query string",
                "It answers 200 to a condition that holds of no process, so it is not the service, \
                 or a proxy drops the query.",
                "ask the process at an address of its own",
            ),
            Self::ReportContradicted => fix(
                "the responder contradicts the report",
                "It denies the fingerprint that the report states, so the report comes from a cache \
                 or from another process.",
                "purge the cache and exclude /__build from it, or ask the process at an address of \
                 its own",
            ),
            Self::SeveralInstances => entry(
                "instances seen: {count}, in {total} answers",
                "Several processes share the address. Under independent routing, a process that \
                 gets its share of the connections would have been missed with a chance below 1 in \
                 1,000. With affinity, this says nothing about other processes.",
            ),
            Self::TooManyInstances => fix(
                "more than {count} instances answer at one address",
                "They cannot be sampled with confidence.",
                "check each of them at an address of its own",
            ),
            Self::ReplicasMissing => fix(
                "{count} of {total} expected replicas were seen",
                "The others did not answer, or cannot be reached through these addresses.",
                "check each replica at an address of its own, and that all are up",
            ),
            Self::SharedInstance => fix(
                "{addresses} are one instance",
                "Two addresses lead to the same process, so it was checked only once. Where a source \
                 of replicas lists both, or a number of replicas is expected, another process may \
                 not have been asked.",
                "check that each address leads to a replica of its own, past proxies and balancers",
            ),
            Self::ReplicasUnlisted => fix(
                "{name} listed no replicas",
                "The source of replicas could not be asked, or its list is empty. Nothing that runs \
                 was compared.",
                "fix the reason shown, then check again",
            ),
            Self::InstanceChanged => fix(
                "two instances answered at the address of one replica",
                "The process that answered first ended between two questions, or several processes \
                 share the address.",
                "check again; if it stays, give the address of each process, or the URL of the \
                 balancer in place of the list",
            ),
            Self::ImageReplaced => entry(
                "the container runs another image than `{name}` is now",
                "The image was built or pulled anew under the same name, and the container was not \
                 recreated. A restart keeps the old image.",
            ),
            Self::ComposeConfigDiffers => entry(
                "the container was created from another configuration than the Compose file states",
                "The hash of its configuration differs from the one that Compose computes of the \
                 file, with the variables of this environment. Compose would recreate the container.",
            ),
            Self::ReplicaRestarted => entry(
                "it was restarted, {count} so far",
                "The engine started the process again. A process that ends again and again may be \
                 the reason for what else was found.",
            ),
            Self::AsScraped => entry(
                "judged by metrics, scraped {name} ago",
                "Prometheus holds what the process reported when it was scraped. The process itself \
                 was not asked.",
            ),
            Self::ScrapeTooOld => fix(
                "the metrics were scraped {name} ago",
                "What was scraped so long ago says nothing about what runs now.",
                "check that Prometheus still scrapes the target, or leave out --as-scraped",
            ),
            Self::DriftSeenBefore => fix(
                "{subject} drifted, and was not seen to be gone",
                "While the command waited, an instance was not what source says, and no complete \
                 run of equal answers followed.",
                "look for the instance, then check again",
            ),
            Self::FactUnknown => fix(
                "{name} is unknown",
                "The build or the process could not establish it, for the reason shown.",
                "fix the reason shown, then rebuild and deploy",
            ),
            Self::BuiltFromChanges => entry(
                "built from changed source",
                "The tree differed from its commit when it was built.",
            ),
            Self::AddressesDisagree => entry(
                "{address} answers with the expected code",
                "Another address is fine, so the difference lies on the way to this one, or in \
                 another process.",
            ),
            Self::RouteListEqual => entry(
                "exactly the routes of `{path}` are mounted",
                "The list of routes that is kept in source was compared with the inventory.",
            ),
            Self::RouteListDiffers => fix(
                "the mounted routes differ from `{path}`",
                "The list of routes that is kept in source was compared with the inventory.",
                "merge the router, or update the list; its test says how",
            ),
            Self::RouteListUnknown => fix(
                "the mounted routes cannot be compared with `{path}`",
                "The inventory or the list is not available.",
                "fix the reason shown, then check again",
            ),
            Self::RouteMounted => {
                entry("{route}: mounted{status}", "The inventory lists the route.")
            }
            Self::RouteAnswers => entry(
                "{route}: answers{status}",
                "The route answers otherwise than paths that do not exist. The inventory is \
                 unknown.",
            ),
            Self::RouteRequiresCredentials => entry(
                "{route}: mounted, requires credentials{status}",
                "The route is there. Whether it works is the question of the next rung.",
            ),
            Self::RouteNotMounted => fix(
                "{route}: not mounted{status}",
                "The inventory lacks the route, and it answers as paths that do not exist.",
                "{merge}",
            ),
            Self::RouteMethodNotMounted => fix(
                "{route}: mounted with other methods{status}",
                "The path is there, and not with this method.",
                "{merge}",
            ),
            Self::RouteFails => fix(
                "{route}: fails{status}",
                "The route is there and fails: code, configuration or a migration.",
                "read the service's log",
            ),
            Self::RouteMatchedByParameter => fix(
                "{route}: matched by `{pattern}`{status}",
                "A parameter of another route takes the place of a word in this path. If that is a \
                 route of its own, it is not mounted.",
                "ask for `{pattern}` itself if that is what was meant, else mount the route",
            ),
            Self::RouteAddedLater => fix(
                "{route}: not in the inventory, and answers{status}",
                "The route was added to the router after selfsame was, or a proxy sends the path \
                 elsewhere.",
                "call .selfsame(…) last",
            ),
            Self::RouteNotFoundByHandler => fix(
                "{route}: mounted, and not found{status}",
                "Its handler returned that, or a proxy does not pass on the path.",
                "check that the record exists, or ask the process at an address of its own",
            ),
            Self::RouteNotFound => fix(
                "{route}: not found{status}",
                "It is not mounted, or its handler returned that. The inventory is unknown.",
                "{inventory}",
            ),
            Self::RouteBelowOpaqueService => fix(
                "{route}: below `{pattern}`, which cannot be listed{status}",
                "A nested service answers this path, and the inventory cannot look into it.",
                "nest a router in place of a service, or declare its routes",
            ),
            Self::RouteLikeNonsense => fix(
                "{route}: answers as a path that does not exist{status}",
                "A fallback, a single-page app or something in front of the router answers every \
                 path.",
                "{inventory}",
            ),
            Self::RouteBehindAuthLayer => fix(
                "{route}: refused as every path is{status}",
                "An authentication layer around the router answers for paths that do not exist, \
                 too.",
                "give credentials: --bearer-env or --header",
            ),
            Self::RouteRequiresInput => fix(
                "{route}: requires other input{status}",
                "The route is there and expects a parameter, a header or a body.",
                "ask for a path that is complete",
            ),
            Self::RouteRedirects => fix(
                "{route}: redirects{status}",
                "Redirects are not followed.",
                "check where it leads",
            ),
            Self::RouteProxyAnswered => fix(
                "{route}: a proxy answered{status}",
                "A proxy could not reach the service, or the service is overloaded.",
                "ask the process at an address of its own, and read the proxy's log",
            ),
            Self::RouteNotSent => fix(
                "{route}: not sent",
                "The method may change something, and the inventory is unknown.",
                "{inventory}",
            ),
            Self::RouteUnreachable => fix(
                "{route}: cannot be requested",
                "The request failed.",
                "check the address and that the process is up",
            ),
            Self::RouteResponseCached => fix(
                "{route}: a cached response{status}",
                "It states what was, not what the route answers now.",
                "ask the process at an address of its own",
            ),
            Self::RouteStatusUnclear => fix(
                "{route}: unclear{status}",
                "Something in front of the router may have answered.",
                "ask the process at an address of its own",
            ),
            Self::AuthWorks => {
                entry("{route}: works{status}", "The route answers with credentials.")
            }
            Self::AuthRefused => fix(
                "{route}: credentials refused{status}",
                "They are wrong, expired or do not permit this, or the service's check of them \
                 fails.",
                "check the credentials",
            ),
            Self::AuthFails => fix(
                "{route}: fails with credentials{status}",
                "The route is there and fails: code, configuration or a migration.",
                "read the service's log",
            ),
            Self::AuthNotFound => fix(
                "{route}: not found with credentials{status}",
                "It is not mounted, or its handler returned that.",
                "{inventory}",
            ),
            Self::AuthNotSent => fix(
                "{route}: not sent",
                "The method may change something.",
                "--send-unsafe sends it",
            ),
            Self::AuthStatusUnclear => fix(
                "{route}: unclear with credentials{status}",
                "The answer is not one of this route only.",
                "ask the process at an address of its own",
            ),
        }
    }
}

/// What to do about code that is not what source says, by where the artifact stands.
pub(super) mod remedies {
    /// The file in the container is current, and its image need not be.
    pub(in crate::findings) const RESTART_CONTAINER: &str = "restart the container; recreating it brings the file of its image back, so rebuild that too";
    /// Nothing is known of an artifact.
    pub(in crate::findings) const DEPLOY: &str = "build and deploy what source says";
    /// Other processes run what source says.
    pub(in crate::findings) const REPLACE_REPLICA: &str =
        "recreate this replica: others run what source says, and a restart keeps an old image";
    /// The artifact is what is running.
    pub(in crate::findings) const REBUILD: &str = "rebuild, then replace what runs";
    /// The artifact itself differs.
    pub(in crate::findings) const BUILD: &str = "rebuild: cargo build";
    /// The same for an image.
    pub(in crate::findings) const BUILD_IMAGE: &str =
        "rebuild the image; if it was rebuilt, a cache kept the old code: --no-cache";
    /// The same for files without an executable.
    pub(in crate::findings) const BUILD_FILES: &str = "build the files again, then stamp them";
    /// The code runs, and the route is not there.
    pub(in crate::findings) const MERGE: &str = "merge the module's router into the app";
    /// The code does not run.
    pub(in crate::findings) const RUN_FIRST: &str = "deploy first: see the running rung";
    /// Whether the code runs is unknown.
    pub(in crate::findings) const MERGE_OR_DEPLOY: &str =
        "check that the module is in what runs (--source, --artifact), and its router is merged";
    /// The method was not sent.
    pub(in crate::findings) const SEND: &str =
        "send it with --send-unsafe, or call .selfsame(…) last";
    /// A token was not given.
    pub(in crate::findings) const TOKEN: &str = "give a token for the inventory: --token-env";
    /// A token was given, or would change nothing.
    pub(in crate::findings) const NO_INVENTORY: &str =
        "make the inventory available for the reason shown, or ask for another path";
}
