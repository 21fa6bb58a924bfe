//! The stamp: what a build wrote into its artifact.
//!
//! A stamp is one JSON object in canonical form, placed in the binary behind a header with a magic,
//! a length and a SHA-256. `FORMAT.md` describes the bytes for readers in other languages. Nothing
//! in this module does I/O: it turns facts into text, text into facts, and finds stamps in bytes
//! that somebody else has read.
//!
//! ```
//! use selfsame_core::stamp::{Build, Facts, Origin, Revision, Stamp, Tree};
//!
//! let mut facts = Facts::new("backoffice-api", "1.4.0");
//! facts.commit = Some("1f0c2d3e4b5a69788796a5b4c3d2e1f001234567".parse()?);
//! facts.revision = Revision::new(Origin::Git, Tree::Clean);
//! facts.unknown("content", "not hashed in this example");
//!
//! let stamp = Stamp::seal(facts)?;
//! let again = Stamp::parse(stamp.text())?;
//! assert_eq!(stamp.fingerprint(), again.fingerprint());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod canonical;
mod commit;
mod digest;
mod embed;
mod error;
mod facts;
mod info;
mod revision;
mod sealed;
pub mod shipped;

pub use self::commit::{CommitId, ParseCommitError};
pub use self::digest::{Digest, ParseDigestError};
pub use self::embed::{Embedded, Found, Scanner, frame};
pub use self::error::StampError;
pub use self::facts::{Build, Declared, FORMAT, Facts, Module, Outside, PackageContent, Scope};
pub use self::info::{Info, Toolchain};
pub use self::revision::{Origin, Revision, Tree};
pub use self::sealed::Stamp;
pub use self::shipped::{FileDifference, STAMP_FILE, Shipped};
