//! The environment variables of a process, as a value.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// The variables in which CI systems and platforms tell a build its commit. They are asked, and
/// cargo is told to watch them, only when nothing better answers.
pub const PLATFORM_VARIABLES: [(&str, &str); 18] = [
    ("GITHUB_SHA", "GitHub Actions"),
    ("CI_COMMIT_SHA", "GitLab CI"),
    ("CIRCLE_SHA1", "CircleCI"),
    ("GIT_COMMIT", "Jenkins"),
    ("BUILD_SOURCEVERSION", "Azure Pipelines"),
    ("BITBUCKET_COMMIT", "Bitbucket Pipelines"),
    ("BUILDKITE_COMMIT", "Buildkite"),
    ("DRONE_COMMIT_SHA", "Drone"),
    ("TRAVIS_COMMIT", "Travis CI"),
    ("HEROKU_BUILD_COMMIT", "Heroku"),
    ("SOURCE_VERSION", "Heroku"),
    ("RENDER_GIT_COMMIT", "Render"),
    ("RAILWAY_GIT_COMMIT_SHA", "Railway"),
    ("VERCEL_GIT_COMMIT_SHA", "Vercel"),
    ("COMMIT_REF", "Netlify"),
    ("COMMIT_SHA", "Google Cloud Build"),
    ("CODEBUILD_RESOLVED_SOURCE_VERSION", "AWS CodeBuild"),
    ("SOURCE_COMMIT", "Docker Hub"),
];

/// The variables that something was started with. Code takes them as a value, so that a test can
/// give it others; only [`Environment::of_process`] looks at the process.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

// The names alone: values are secrets as often as not.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment {
    /// Returns the variables of this process.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that looks at the process")]
    pub fn of_process() -> Self {
        std::env::vars_os().collect()
    }

    /// The value of the variable `name`. An empty value is as good as none.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Whether the variable `name` is set, to whatever.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.0.contains_key(OsStr::new(name))
    }

    /// Whether the variable `name` is set to nothing, which counts as unset and was hardly meant.
    #[must_use]
    pub fn is_set_empty(&self, name: &str) -> bool {
        self.0.get(OsStr::new(name)).is_some_and(|value| value.is_empty())
    }

    /// All variables.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
