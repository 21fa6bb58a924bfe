//! What a check gathered, before it is judged. Callers do all I/O.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{CommitSummary, Dated, Distance, Identity, ModuleCounts, Via};
use crate::report::Report;
use crate::stamp::{
    Build, CommitId, Digest, FileDifference, Module, Origin, PackageContent, Stamp, Tree,
};

/// Everything that one check gathered.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Gathered {
    /// The source that is expected, or why there is none.
    pub source: SourceEvidence,
    /// The artifact, or why it cannot be read. `None` if none was asked for.
    pub artifact: Option<Result<Artifact, String>>,
    /// The name by which the artifact was asked for.
    pub artifact_name: String,
    /// The addresses, and the captured report.
    pub places: Vec<Place>,
    /// The sources of replicas that were asked for addresses.
    pub fleets: Vec<Fleet>,
    /// So many distinct instances are expected.
    pub replicas: Option<usize>,
    /// Whether a token for the report was given.
    pub token: bool,
    /// Whether credentials for the routes were given.
    pub credentials: bool,
    /// Whether routes were asked for.
    pub routes_asked: bool,
}

/// What source says, under the conventional scope.
#[derive(Debug, Clone)]
pub enum SourceEvidence {
    /// Nobody asked for source, and none was found: why.
    None(String),
    /// The root of a workspace, in which the package was not found.
    WorkspaceRoot {
        /// The package that was looked for.
        name: String,
        /// Why it was not found.
        reason: String,
    },
    /// It was read.
    Read(Box<Expectation>),
}

impl Default for SourceEvidence {
    fn default() -> Self {
        Self::None(String::new())
    }
}

/// What source expects of one claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expectation {
    /// Whether exactly this commit was asked for.
    pub exactly: bool,
    /// The package's name, if there is source to read it from.
    pub name: Option<String>,
    /// The package's version.
    pub version: Option<String>,
    /// The commit, unless it is unknown.
    pub commit: Option<CommitId>,
    /// The branch that is checked out, if the working tree is compared.
    pub branch: Option<String>,
    /// The first line of the commit's message.
    pub subject: Option<String>,
    /// The content, unless it is unknown.
    pub content: Option<Digest>,
    /// Why commit, content, modules or changes are unknown.
    pub unknown: BTreeMap<String, String>,
    /// How the working tree differs from the commit. `None` if that is unknown.
    pub changes: Option<Vec<String>>,
    /// The modules, unless they are unknown.
    pub modules: Option<Vec<Module>>,
    /// The content of the commit itself, where the working tree differs from it.
    pub head_content: Option<Digest>,
    /// What source has and the comparison leaves out, each with its reason.
    pub not_compared: Vec<(String, String)>,
    /// How the commit of the claim stands to this one.
    pub history: Option<History>,
    /// Which commits have the content of the claim, where its own commit says nothing.
    pub dated: Option<Dated>,
    /// Why a content that differs from this one builds the same binary all the same, or may.
    pub equivalence: Option<Equivalence>,
    /// The packages with the digests of their own lines, unless they are unknown.
    pub packages: Option<Vec<PackageContent>>,
    /// The version of the compiler that source pins.
    pub toolchain: Option<String>,
}

/// What a difference of content comes to, where it is known which lines differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Equivalence {
    /// Only packages differ that the build leaves out, by name.
    Inactive(Vec<String>),
    /// Only line endings differ, in these files: both sides are clean checkouts of one commit.
    LineEndings(Vec<String>),
    /// The lock file lists other edges between the same packages, and cargo builds the same of them.
    Edges,
    /// The lock file lists other edges between the same packages, and what cargo builds of them is
    /// unknown: why.
    Features(String),
}

/// How a commit stands to the expected one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// How far they are apart.
    pub distance: Distance,
    /// The paths of content that differ.
    pub changed: Vec<String>,
    /// The packages that these paths belong to.
    pub packages: Vec<String>,
    /// How many of the commits in between touch one of the paths.
    pub matter: Option<u64>,
    /// Who wrote the commit that was found, if the clone holds it.
    pub commit: Option<CommitSummary>,
}

impl History {
    /// This far apart; what lies between is not told.
    #[must_use]
    pub const fn new(distance: Distance) -> Self {
        Self { distance, changed: Vec::new(), packages: Vec::new(), matter: None, commit: None }
    }
}

/// What an artifact or a process states of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// The commit, unless it is unknown.
    pub commit: Option<CommitId>,
    /// The content, unless it is unknown.
    pub content: Option<Digest>,
    /// Where the commit is known from.
    pub origin: Origin,
    /// How the working tree stood to the commit.
    pub tree: Tree,
    /// The identity of the build.
    pub fingerprint: Digest,
    /// The local packages that content covers, unless the level hides them.
    pub packages: Option<Vec<PackageContent>>,
    /// How it was built, unless the level hides that.
    pub build: Option<Build>,
    /// Why facts are unknown.
    pub unknown: BTreeMap<String, String>,
    /// The modules, unless the level hides them.
    pub modules: Option<Vec<Module>>,
    /// How many modules are expected and compiled in, where that is known.
    pub module_counts: Option<ModuleCounts>,
    /// The local changes that went into the build.
    pub built_with: Vec<String>,
    /// The process, if it is one.
    pub instance: Option<(String, String)>,
}

impl From<&Stamp> for Claim {
    fn from(stamp: &Stamp) -> Self {
        Self {
            name: stamp.facts().name.clone(),
            version: stamp.facts().version.clone(),
            commit: stamp.facts().commit.clone(),
            content: stamp.facts().content,
            origin: stamp.facts().revision.origin.clone(),
            tree: stamp.facts().revision.tree,
            fingerprint: stamp.fingerprint(),
            packages: Some(stamp.facts().packages.clone()),
            build: Some(stamp.facts().build.clone()),
            unknown: stamp.facts().unknown.clone(),
            modules: Some(stamp.facts().modules.clone()),
            module_counts: None,
            built_with: stamp.facts().info.changed.clone(),
            instance: None,
        }
    }
}

impl From<&Report> for Claim {
    fn from(report: &Report) -> Self {
        Self {
            name: report.name.clone(),
            version: report.version.clone(),
            commit: report.commit.clone(),
            content: report.content,
            origin: report.origin.clone(),
            tree: report.tree.unwrap_or(Tree::Unknown),
            fingerprint: report.fingerprint,
            packages: report.packages.clone(),
            build: report.build.clone(),
            unknown: report.unknown.clone(),
            modules: report.modules.clone(),
            module_counts: report.counts.and_then(|counts| counts.modules).map(|counts| {
                ModuleCounts { expected: counts.expected, compiled: counts.compiled }
            }),
            built_with: report.info.as_ref().map_or(Vec::new(), |info| info.changed.clone()),
            instance: Some((report.instance.clone(), report.started_at.clone())),
        }
    }
}

impl Claim {
    /// It as one side of a comparison.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let (instance, started_at) = self.instance.clone().unzip();
        let facts = ["commit", "content", "tree"];
        let unknown = self.unknown.iter().filter(|(fact, _)| facts.contains(&fact.as_str()));
        Identity {
            name: Some(self.name.clone()),
            version: Some(self.version.clone()),
            commit: self.commit.clone(),
            origin: Some(self.origin.clone()),
            tree: Some(self.tree).filter(|tree| *tree != Tree::Unknown),
            content: self.content,
            fingerprint: Some(self.fingerprint),
            instance,
            started_at,
            branch: None,
            unknown: unknown.map(|(fact, why)| (fact.clone(), why.clone())).collect(),
        }
    }
}

impl Expectation {
    /// It as one side of a comparison.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity {
            name: self.name.clone(),
            version: self.version.clone(),
            commit: self.commit.clone(),
            content: self.content,
            branch: self.branch.clone(),
            unknown: self
                .unknown
                .iter()
                .filter(|(fact, _)| ["commit", "content"].contains(&fact.as_str()))
                .map(|(fact, why)| (fact.clone(), why.clone()))
                .collect(),
            ..Identity::default()
        }
    }

    /// Whether the working tree is known to be that of the commit.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.changes.as_ref().is_some_and(Vec::is_empty)
    }
}

/// What kind of artifact was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArtifactKind {
    /// A single executable.
    Binary,
    /// An image, in whatever form it lies there.
    Image,
    /// A container.
    Container,
    /// A root file system.
    RootFileSystem,
    /// Files without an executable.
    Files,
}

/// An artifact that was read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Artifact {
    /// What it is.
    pub kind: ArtifactKind,
    /// The stamp of the package.
    pub stamp: Stamp,
    /// What source expects of it, if there is source.
    pub expectation: Option<Expectation>,
    /// By the compiler's list: whether each module of the stamp was compiled. Empty without a list.
    pub compiled: BTreeMap<String, Option<bool>>,
    /// Why the compiler's list is missing, if it is.
    pub no_list: Option<String>,
    /// The files that the compiler read and content does not cover.
    pub read_outside: Vec<ReadOutside>,
    /// The environment variables whose values were compiled in.
    pub variables: Vec<String>,
    /// What contradicts the stamp: a label, a tag or a variable, with its value.
    pub contradictions: Vec<(String, String)>,
    /// The stamps that lower layers have.
    pub lower_layers: Vec<LowerLayer>,
    /// The shipped directories.
    pub shipped: Vec<ShippedFound>,
    /// The mount that hides the executable.
    pub mounted: Option<String>,
    /// The executable that is started, if it is not the stamped one.
    pub entrypoint: Option<String>,
}

impl Artifact {
    /// An artifact of this kind, with the stamp of the package and nothing else told.
    #[must_use]
    pub const fn new(kind: ArtifactKind, stamp: Stamp) -> Self {
        Self {
            kind,
            stamp,
            expectation: None,
            compiled: BTreeMap::new(),
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
}

/// A file that the compiler read and content does not cover.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOutside {
    /// Its path, relative to the package.
    pub path: String,
    /// Whether it is the same in source as when the artifact was built. `None` if that is unknown.
    pub same: Option<bool>,
}

impl ReadOutside {
    /// The file at this path, and whether it is the same in source.
    #[must_use]
    pub const fn new(path: String, same: Option<bool>) -> Self {
        Self { path, same }
    }
}

/// A stamp that a lower layer of an image has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LowerLayer {
    /// Where.
    pub path: String,
    /// Of which commit.
    pub commit: Option<CommitId>,
    /// What hides it.
    pub by: String,
}

impl LowerLayer {
    /// The stamp at this path, of this commit, and what hides it.
    #[must_use]
    pub const fn new(path: String, commit: Option<CommitId>, by: String) -> Self {
        Self { path, commit, by }
    }
}

/// A shipped directory, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShippedFound {
    /// Its name.
    pub name: String,
    /// Where it was looked for.
    pub path: String,
    /// How it stands to what is expected.
    pub state: ShippedFoundState,
    /// The files that differ.
    pub difference: Option<FileDifference>,
    /// What layers took away of it.
    pub taken: Vec<String>,
}

impl ShippedFound {
    /// The directory of this name, looked for at this path.
    #[must_use]
    pub fn new(name: impl Into<String>, path: impl Into<String>, state: ShippedFoundState) -> Self {
        Self { name: name.into(), path: path.into(), state, difference: None, taken: Vec::new() }
    }
}

/// How a shipped directory stands to what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShippedFoundState {
    /// It is what was expected.
    Same,
    /// It is not there.
    Missing,
    /// Its files differ.
    Differs,
    /// That is unknown, and why.
    Unknown(String),
}

/// An address of the service, or a captured report, and what was seen there.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Place {
    /// The address. `None` for a captured report.
    pub address: Option<String>,
    /// Why the report is missing, if it is.
    pub unavailable: Option<String>,
    /// The distinct instances, in the order in which they were seen: the first is what everybody
    /// gets.
    pub instances: Vec<Instance>,
    /// The way that the first response came.
    pub via: Via,
    /// What answers past a cache.
    pub bypass: Bypass,
    /// How the instances behind the address were sampled.
    pub sampling: Sampling,
    /// Questions that failed after the first, with their reasons.
    pub failures: Vec<String>,
    /// The files that are served, where they are what answers.
    pub served: Option<Served>,
    /// The routes that were asked for.
    pub routes: Vec<RouteProbe>,
    /// The list of routes that is kept in source.
    pub list: Option<RouteList>,
    /// The source that listed it as one replica, by its place in [`Gathered::fleets`].
    pub fleet: Option<usize>,
    /// What that source knows of it.
    pub beside: Beside,
}

/// A source of replicas, and what it says of all of them together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fleet {
    /// The source, as it was named.
    pub target: String,
    /// So many replicas should run.
    pub wanted: Option<usize>,
    /// Why there is no list of replicas, if there is none.
    pub unavailable: Option<String>,
    /// The replicas that are about to end, which were not asked.
    pub ending: Vec<String>,
}

impl Fleet {
    /// The source of this name, of which nothing else is known.
    #[must_use]
    pub fn new(target: String) -> Self {
        Self { target, ..Self::default() }
    }
}

/// What a source of replicas knows of one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Beside {
    /// What the engine calls it.
    pub name: Option<String>,
    /// The address that was asked, where a name stands for several.
    pub ip: Option<IpAddr>,
    /// The image that it runs.
    pub image: Option<String>,
    /// The name of that image, and the image that the name stands for now.
    pub tagged: Option<(String, String)>,
    /// The configuration that it was created from and that of the file, by their hashes.
    pub config: Option<(String, String)>,
    /// So many times it was restarted.
    pub restarts: Option<u64>,
    /// How many seconds ago its metrics were scraped, if that is all that is known of it.
    pub scraped: Option<u64>,
}

impl Place {
    /// An address, or a captured report, of which nothing past a cache was asked.
    #[must_use]
    pub fn new(address: Option<String>) -> Self {
        Self { address, bypass: Bypass::NotAsked, ..Self::default() }
    }

    /// An address, or a captured report, that does not answer, and why.
    #[must_use]
    pub fn unavailable(address: Option<String>, why: String) -> Self {
        Self { address, unavailable: Some(why), ..Self::default() }
    }
}

use super::Sampling;

/// One process, as far as it was seen at an address.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Instance {
    /// What it says of itself.
    pub report: Report,
    /// What source expects of it, if there is source.
    pub expectation: Option<Expectation>,
    /// Whether it was seen in stored responses only.
    pub stored: bool,
}

impl Instance {
    /// A process that answered itself.
    #[must_use]
    pub const fn new(report: Report) -> Self {
        Self { report, expectation: None, stored: false }
    }
}

/// What answers past a cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Bypass {
    /// The process that everybody gets.
    #[default]
    Same,
    /// Nobody asked: the report was captured, or files answer.
    NotAsked,
    /// That is unknown, and why.
    Failed(String),
    /// The responder ignores the query string, and why that is known.
    IgnoresQuery(String),
    /// The responder denies what the report states, and how.
    Contradicted(String),
}

/// The files that a web server serves, compared with the stamp.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Served {
    /// So many files were compared.
    pub total: usize,
    /// Those that differ.
    pub difference: FileDifference,
    /// So many differ.
    pub differ: usize,
    /// Why files could not be compared, one reason a file.
    pub unknown: Vec<String>,
}

impl Served {
    /// No file could be compared, and why.
    #[must_use]
    pub fn unknown(why: impl Into<String>) -> Self {
        Self { unknown: vec![why.into()], ..Self::default() }
    }
}

/// The list of routes that is kept in source, at one place.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RouteList {
    /// The file.
    pub path: String,
    /// How the mounted routes stand to it, or why that is unknown.
    pub comparison: Result<crate::routes::ListComparison, String>,
    /// Routes that the inventory lacks and that answer otherwise than paths that do not exist.
    pub answer: Vec<String>,
}

impl RouteList {
    /// The list in this file, and how the mounted routes stand to it.
    #[must_use]
    pub const fn new(
        path: String,
        comparison: Result<crate::routes::ListComparison, String>,
    ) -> Self {
        Self { path, comparison, answer: Vec::new() }
    }
}

/// A route that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteProbe {
    /// Its method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// What the inventory says.
    pub inside: Inside,
    /// What it answers.
    pub outside: Outside,
    /// What it answers with credentials, if they were given.
    pub authenticated: Option<Outside>,
}

impl RouteProbe {
    /// A route that was asked without credentials.
    #[must_use]
    pub const fn new(method: String, path: String, inside: Inside, outside: Outside) -> Self {
        Self { method, path, inside, outside, authenticated: None }
    }

    /// Method and path.
    #[must_use]
    pub fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What the inventory says of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inside {
    /// It is mounted, by this pattern.
    Mounted(String),
    /// The path is mounted with other methods, by this pattern.
    OtherMethods(String),
    /// A service is behind this pattern that cannot be listed.
    Opaque(String),
    /// Only a fallback answers.
    Fallback,
    /// Nothing answers.
    NotMounted,
    /// The inventory is unknown, and why.
    Unknown(String),
}

/// What a route answers from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outside {
    /// The method may change something. What GET answers there instead, if it was asked.
    NotSent(Option<Box<Outside>>),
    /// The path is a pattern, which no request has.
    IsPattern,
    /// The request failed, and why.
    Failed(String),
    /// It answered; so did up to two paths next to it that do not exist.
    Answered {
        /// The answer.
        answer: Response,
        /// Those of the paths that do not exist.
        nonsense: Vec<Response>,
    },
}

/// An answer of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The status code with its name.
    pub status_text: String,
    /// Whether it is a page.
    pub is_html: bool,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The digest of the body, or of its beginning.
    pub body: Option<Digest>,
    /// The header by which the response was stored.
    pub cached: Option<String>,
}

impl Response {
    /// An answer with this status code, and the words for it.
    #[must_use]
    pub const fn new(status: u16, status_text: String) -> Self {
        Self { status, status_text, is_html: false, location: None, body: None, cached: None }
    }
}
