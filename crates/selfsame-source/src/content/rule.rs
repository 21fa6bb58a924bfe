use std::fmt;
use std::path::PathBuf;

/// The rule by which something is content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// It lies in a directory that builds read by convention, or is such a file.
    Conventional(&'static str),
    /// It is the root of the library, of a binary, or of the build script.
    Target,
    /// A `mod` line leads to it.
    Module,
    /// It lies next to a crate's root, where a macro may declare modules.
    Uncertain,
    /// It belongs to an expected module.
    Expected,
    /// The package's metadata names it.
    Also,
    /// It is the list of routes.
    Routes,
    /// Source names it.
    Named {
        /// The macro or attribute.
        by: &'static str,
        /// The file with it.
        file: PathBuf,
        /// The line with it, from 1.
        line: usize,
    },
    /// It is the list of a vendored package, or not on it.
    Vendored,
    /// A bundler may read it as its environment.
    Environment,
    /// It is the configuration of a tool that builds a front end.
    Configuration,
    /// Such a configuration imports it.
    Imported {
        /// The file that does.
        file: PathBuf,
    },
    /// It belongs to a package that a front end depends on.
    WorkspacePackage,
    /// It lies at the root of a front end's workspace.
    WorkspaceRoot,
    /// What of a manifest goes into a binary.
    Manifest,
    /// What takes effect of the workspace's manifest.
    Workspace,
    /// What of cargo's configuration goes into a binary.
    Config,
    /// What the packages are.
    Lock,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conventional(name) => write!(f, "`{name}` is read by convention"),
            Self::Target => f.write_str("root of a target"),
            Self::Module => f.write_str("reached by a `mod` line"),
            Self::Uncertain => f.write_str("next to a crate root in which a macro may declare it"),
            Self::Expected => f.write_str("part of an expected module"),
            Self::Also => f.write_str("named by `also` in [package.metadata.selfsame]"),
            Self::Routes => f.write_str("named by `routes` in [package.metadata.selfsame]"),
            Self::Named { by, file, line } => {
                write!(f, "named by {by} in {}:{line}", file.display())
            }
            Self::Vendored => f.write_str("checksums of a vendored package, or not among them"),
            Self::Environment => f.write_str("environment file of a bundler"),
            Self::Configuration => f.write_str("configuration of a tool that builds"),
            Self::Imported { file } => write!(f, "imported by {}", file.display()),
            Self::WorkspacePackage => f.write_str("part of a package that is a dependency"),
            Self::WorkspaceRoot => {
                f.write_str("root of the workspace: lock file, overrides, patches, configuration")
            }
            Self::Manifest => f.write_str("manifest, without what goes into no binary"),
            Self::Workspace => {
                f.write_str("manifest of the workspace: resolver, profiles and patches")
            }
            Self::Config => f.write_str("configuration of cargo, as far as it goes into a binary"),
            Self::Lock => f.write_str("the packages of Cargo.lock that the build reaches"),
        }
    }
}

/// Why a file that lies where content lies goes into no binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Excluded {
    /// A snapshot of a test.
    Snapshot,
    /// Only `#[cfg(test)] mod` lines reach it.
    TestOnly,
    /// It is the root of a test, a benchmark or an example.
    TestTarget,
    /// It shows what an environment file may hold.
    Example,
}

impl fmt::Display for Excluded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Snapshot => "a snapshot of a test",
            Self::TestOnly => "reached by `#[cfg(test)] mod` alone",
            Self::TestTarget => "root of a test, a benchmark or an example",
            Self::Example => "an example or a copy of an environment file",
        })
    }
}
