use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::Rung;

/// Declares the codes, each with its stable name and the rungs on which it occurs.
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $code:ident, $name:literal, [$($rung:ident),+];)*) => {
        /// What was found out. The names are stable; new ones may be added, so readers must accept
        /// names that they do not know.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])* $code,)*
        }

        impl Code {
            /// All codes, in the order of the rungs.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// Its stable name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }

            /// The rungs on which it occurs.
            #[must_use]
            pub fn rungs(self) -> &'static [Rung] {
                match self {
                    $(Self::$code => &[$(Rung::$rung),+],)*
                }
            }
        }
    };
}

codes! {
    /// Source was read.
    SourceRead, "source-read", [Source];
    /// The working tree differs from its commit.
    SourceChanged, "source-changed", [Source];
    /// Source states neither commit nor content.
    SourceUnknown, "source-unknown", [Source];
    /// There is no source to compare with.
    NoSource, "no-source", [Source];
    /// Nothing was given to compare with.
    NoExpectation, "no-expectation", [Source];
    /// The source directory is the root of a workspace without the package in question.
    WorkspaceRoot, "workspace-root", [Source];
    /// Something was not compared.
    NotCompared, "not-compared", [Source, Artifact, Running, Route, Auth];

    /// Commit and content are equal.
    Equal, "equal", [Artifact, Running];
    /// Commit and content are equal, and the commit is a claim.
    EqualClaimed, "equal-claimed", [Artifact, Running];
    /// Commit and content are equal, with the same local changes.
    EqualWithChanges, "equal-with-changes", [Artifact, Running];
    /// The commit differs, and the content is equal.
    OtherCommitSameContent, "other-commit-same-content", [Artifact, Running];
    /// The content is equal, and a commit is unknown.
    CommitUnknown, "commit-unknown", [Artifact, Running];
    /// The commit is equal and proven, and a content is unknown.
    CommitOnly, "commit-only", [Artifact, Running];
    /// The commit is equal but not proven, and the content does not decide.
    CommitClaimed, "commit-claimed", [Artifact, Running];
    /// The commit is equal, and the content differs.
    ContentDiffers, "content-differs", [Artifact, Running];
    /// The commit is equal, and the content differs by line endings only.
    LineEndingsDiffer, "line-endings-differ", [Artifact, Running];
    /// What was found is the commit, and source has local changes.
    LocalChanges, "local-changes", [Artifact, Running];
    /// The content differs in packages alone that the build leaves out.
    InactivePackagesDiffer, "inactive-packages-differ", [Artifact, Running];
    /// The lock file lists other edges, and the same is built.
    LockEdgesDiffer, "lock-edges-differ", [Artifact, Running];
    /// The lock file lists other edges, and what is built of them is unknown.
    FeaturesUnified, "features-unified", [Artifact, Running];
    /// The compiler is not the one that source pins.
    ToolchainDiffers, "toolchain-differs", [Artifact, Running];
    /// Only the dependencies differ.
    DependenciesDiffer, "dependencies-differ", [Artifact, Running];
    /// What was found is older than source.
    CommitBehind, "commit-behind", [Artifact, Running];
    /// What was found is newer than source.
    CommitAhead, "commit-ahead", [Artifact, Running];
    /// What was found is newer than the commit that was asked for.
    RollbackNotTaken, "rollback-not-taken", [Artifact, Running];
    /// What was found is of another branch.
    CommitDiverged, "commit-diverged", [Artifact, Running];
    /// What was found is of a commit that the clone does not hold.
    CommitNotInClone, "commit-not-in-clone", [Artifact, Running];
    /// The clone is too shallow to know how far apart the commits are.
    CloneShallow, "clone-shallow", [Artifact, Running];
    /// The commit differs, and how far is unknown.
    CommitDiffers, "commit-differs", [Artifact, Running];
    /// The content differs, and a commit is unknown.
    ContentDiffersCommitUnknown, "content-differs-commit-unknown", [Artifact, Running];
    /// Neither commit nor content can be compared.
    NothingComparable, "nothing-comparable", [Artifact, Running];
    /// Another package than the expected one was found.
    OtherPackage, "other-package", [Artifact, Running];
    /// A module is in source and not compiled in.
    ModuleNotCompiled, "module-not-compiled", [Artifact, Running];
    /// The compiler read a file that content does not cover.
    ReadOutsideContent, "read-outside-content", [Artifact];
    /// A shipped directory is missing.
    ShippedMissing, "shipped-missing", [Artifact, Running];
    /// The files of a shipped directory differ.
    ShippedDiffers, "shipped-differs", [Artifact, Running];
    /// Whether the files of a shipped directory differ is unknown.
    ShippedUnknown, "shipped-unknown", [Artifact, Running];

    /// The artifact cannot be read.
    ArtifactUnreadable, "artifact-unreadable", [Artifact];
    /// A label, a tag or a variable contradicts the stamp.
    LabelContradictsStamp, "label-contradicts-stamp", [Artifact];
    /// A lower layer of the image has another stamp.
    StampInLowerLayer, "stamp-in-lower-layer", [Artifact];
    /// A mount hides the stamped executable.
    ExecutableMounted, "executable-mounted", [Artifact];
    /// The entrypoint starts another executable than the stamped one.
    EntrypointNotStamped, "entrypoint-not-stamped", [Artifact];

    /// There is no report to judge.
    ReportUnavailable, "report-unavailable", [Running];
    /// The report was captured earlier.
    ReportCaptured, "report-captured", [Running];
    /// What runs is the artifact.
    ArtifactRunning, "artifact-running", [Running];
    /// What runs is not the artifact.
    ArtifactNotRunning, "artifact-not-running", [Running];
    /// The artifact is current, and the process was not restarted.
    NotRestarted, "not-restarted", [Running];
    /// The image is current, and the container was not recreated.
    NotRecreated, "not-recreated", [Running];
    /// The built files are current, and those that are served were not replaced.
    NotDeployed, "not-deployed", [Running];
    /// What runs is another build of the same code.
    OtherBuild, "other-build", [Running];
    /// The process was built in another way than the artifact.
    BuildDiffers, "build-differs", [Running];
    /// The executable on disk is another one than the one that runs.
    ExecutableReplaced, "executable-replaced", [Running];
    /// The executable on disk has the stamp of the one that runs, in other bytes.
    ExecutableRewritten, "executable-rewritten", [Running];
    /// The executable is gone.
    ExecutableMissing, "executable-missing", [Running];
    /// Something that was shipped differs, and the level hides what.
    NotIntact, "not-intact", [Running];
    /// Whether all that was shipped is intact is unknown.
    IntactUnknown, "intact-unknown", [Running];
    /// Configuration is not what the process loaded.
    ConfigNotLoaded, "config-not-loaded", [Running];
    /// Whether configuration is what the process loaded is unknown.
    ConfigUnknown, "config-unknown", [Running];
    /// The files differed when the process started.
    ShippedDifferedAtStart, "shipped-differed-at-start", [Running];
    /// Files that are served are not those of the stamp.
    ServedFilesDiffer, "served-files-differ", [Running];
    /// Whether the files that are served are those of the stamp is unknown.
    ServedFilesUnknown, "served-files-unknown", [Running];
    /// The files that are served are those of the stamp.
    ServedFilesEqual, "served-files-equal", [Running];
    /// A stored answer was served.
    ResponseCached, "response-cached", [Running];
    /// Whether a stored answer was served is unknown.
    CacheBypassFailed, "cache-bypass-failed", [Running];
    /// The responder ignores the query string.
    QueryIgnored, "query-ignored", [Running];
    /// The responder contradicts the report.
    ReportContradicted, "report-contradicted", [Running];
    /// Several instances answer at one address.
    SeveralInstances, "several-instances", [Running];
    /// More instances answer at one address than can be sampled.
    TooManyInstances, "too-many-instances", [Running];
    /// Fewer instances were seen than expected.
    ReplicasMissing, "replicas-missing", [Running];
    /// Two addresses are one instance.
    SharedInstance, "shared-instance", [Running];
    /// A source of replicas listed none.
    ReplicasUnlisted, "replicas-unlisted", [Running];
    /// Two instances answered at the address of one replica.
    InstanceChanged, "instance-changed", [Running];
    /// The name of a replica's image stands for another image now.
    ImageReplaced, "image-replaced", [Running];
    /// A container was created from another configuration than that of its Compose file.
    ComposeConfigDiffers, "compose-config-differs", [Running];
    /// A replica was restarted by its engine.
    ReplicaRestarted, "replica-restarted", [Running];
    /// A replica was judged by what was scraped of it.
    AsScraped, "as-scraped", [Running];
    /// What was scraped of a replica is too old.
    ScrapeTooOld, "scrape-too-old", [Running];
    /// Drift was seen before, and its instance was not seen to be gone.
    DriftSeenBefore, "drift-seen-before", [Running];
    /// A fact of the process is unknown.
    FactUnknown, "fact-unknown", [Running];
    /// The tree differed from its commit when it was built.
    BuiltFromChanges, "built-from-changes", [Running];
    /// Another address answers with the expected code.
    AddressesDisagree, "addresses-disagree", [Running];

    /// Exactly the routes of the list are mounted.
    RouteListEqual, "route-list-equal", [Route];
    /// The list and the mounted routes differ.
    RouteListDiffers, "route-list-differs", [Route];
    /// The list cannot be compared.
    RouteListUnknown, "route-list-unknown", [Route];
    /// The route is mounted.
    RouteMounted, "route-mounted", [Route];
    /// The route answers, and the inventory is unknown.
    RouteAnswers, "route-answers", [Route];
    /// The route is mounted and requires credentials.
    RouteRequiresCredentials, "route-requires-credentials", [Route];
    /// The route is not mounted.
    RouteNotMounted, "route-not-mounted", [Route];
    /// The path is mounted with other methods.
    RouteMethodNotMounted, "route-method-not-mounted", [Route];
    /// The route is mounted and fails.
    RouteFails, "route-fails", [Route];
    /// A pattern with a parameter matches the path.
    RouteMatchedByParameter, "route-matched-by-parameter", [Route];
    /// The inventory lacks the route, and it answers.
    RouteAddedLater, "route-added-later", [Route];
    /// The route is mounted, and 404 was returned.
    RouteNotFoundByHandler, "route-not-found-by-handler", [Route];
    /// 404 was returned, and the inventory is unknown.
    RouteNotFound, "route-not-found", [Route];
    /// The path lies below a service that the inventory cannot list.
    RouteBelowOpaqueService, "route-below-opaque-service", [Route];
    /// A path that does not exist answers the same way.
    RouteLikeNonsense, "route-like-nonsense", [Route];
    /// An authentication layer answers for every path.
    RouteBehindAuthLayer, "route-behind-auth-layer", [Route];
    /// The route is there and requires other input.
    RouteRequiresInput, "route-requires-input", [Route];
    /// The route redirects.
    RouteRedirects, "route-redirects", [Route];
    /// A proxy answered.
    RouteProxyAnswered, "route-proxy-answered", [Route];
    /// The method was not sent, and the inventory is unknown.
    RouteNotSent, "route-not-sent", [Route];
    /// The route could not be requested.
    RouteUnreachable, "route-unreachable", [Route];
    /// A stored answer was served for the route.
    RouteResponseCached, "route-response-cached", [Route, Auth];
    /// The status code does not decide.
    RouteStatusUnclear, "route-status-unclear", [Route];

    /// The route works with credentials.
    AuthWorks, "auth-works", [Auth];
    /// The credentials are refused.
    AuthRefused, "auth-refused", [Auth];
    /// The route fails with credentials.
    AuthFails, "auth-fails", [Auth];
    /// The route is not found with credentials.
    AuthNotFound, "auth-not-found", [Auth];
    /// The method was not sent.
    AuthNotSent, "auth-not-sent", [Auth];
    /// The status code does not decide.
    AuthStatusUnclear, "auth-status-unclear", [Auth];
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let mut all = Self::ALL.iter().copied();
        all.find(|code| code.as_str() == text).ok_or(UnknownCode)
    }
}

/// A text that is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCode;

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown code; help: `selfsame explain` lists all codes")
    }
}

impl std::error::Error for UnknownCode {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct_kebab_case_and_read_back() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            let name = code.as_str();
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
            assert_eq!(name.parse(), Ok(*code));
        }
        assert_eq!("commit_behind".parse::<Code>(), Err(UnknownCode));
    }
}
