//! What a check gathered, before it is judged. Callers do all I/O.

mod artifact;
mod claim;
mod place;
mod route;
mod source;

pub use self::artifact::{
    Artifact, ArtifactKind, LowerLayer, ReadOutside, ShippedFound, ShippedFoundState,
};
pub use self::claim::Claim;
pub use self::place::{Beside, Bypass, Fleet, Instance, Place, Served};
pub use self::route::{Inside, Outside, Response, RouteList, RouteProbe};
pub use self::source::{Equivalence, Expectation, History, SourceEvidence};

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
