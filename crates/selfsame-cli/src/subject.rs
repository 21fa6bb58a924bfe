//! What is asked about: a service, an artifact, a report, source or a content hash.

use std::path::{Path, PathBuf};
use std::time::Duration;

use selfsame_core::environment::Environment;
use selfsame_core::findings::Claim;
use selfsame_core::report::Report;
use selfsame_core::stamp::{CommitId, Digest, Module, PackageContent, Scope, Stamp, Tree};
use selfsame_image::{Options, Spec};
use selfsame_source::Package;

use crate::base::Base;
use crate::check::captured::{self, Captured};
use crate::check::served;
use crate::credentials::Credentials;
use crate::error::Failure;
use crate::http_client::Client;
use crate::inspect;
use crate::source::Source;

/// Something that has a content.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// As it was given.
    pub(crate) shown: String,
    pub(crate) kind: Kind,
    pub(crate) name: Option<String>,
    pub(crate) content: Result<Digest, String>,
    pub(crate) commit: Option<CommitId>,
    pub(crate) tree: Tree,
    pub(crate) packages: Vec<PackageContent>,
    pub(crate) modules: Vec<Module>,
    pub(crate) scope: Scope,
    /// The local changes that went into it.
    pub(crate) changed: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Service,
    Report,
    Artifact,
    Tree,
    Revision,
    Digest,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Report => "report",
            Self::Artifact => "artifact",
            Self::Tree => "tree",
            Self::Revision => "revision",
            Self::Digest => "content",
        }
    }
}

/// How targets are read.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    /// The package whose history counts.
    pub(crate) source: &'a Path,
    pub(crate) at: &'a str,
    pub(crate) token_env: Option<&'a str>,
    pub(crate) options: Options,
    pub(crate) request_time: Duration,
    pub(crate) program_time: Duration,
    pub(crate) silence: Duration,
}

impl Reader<'_> {
    /// Reads what is meant by `text`.
    pub(crate) fn read(&self, text: &str) -> Result<Subject, Failure> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return self.service(text);
        }
        if let Ok(content) = text.parse::<Digest>() {
            let target = Subject::bare(text, Kind::Digest);
            return Ok(Subject { content: Ok(content), ..target });
        }
        let path = Path::new(text);
        if text == "-" || is_json(path) {
            return self.report(path);
        }
        if path.is_dir() && Package::find(path).is_ok() {
            return self.tree(path);
        }
        let is_artifact = text.contains("://") || path.exists();
        if is_artifact {
            return self.artifact(text);
        }
        self.revision(text)
    }

    fn service(&self, url: &str) -> Result<Subject, Failure> {
        let environment = Environment::of_process();
        let value = |name: &str| {
            let value = environment.get(name).and_then(|value| value.to_str()).map(str::trim);
            value.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let token = match self.token_env {
            Some(name) => Some(value(name).ok_or_else(|| {
                Failure::usage(format!(
                    "the environment variable {name} is not set, is empty, or is not text"
                ))
            })?),
            None => value("SELFSAME_TOKEN"),
        };
        let credentials = match &token {
            Some(token) => Credentials::bearer(token).map_err(Failure::into_usage)?,
            None => Credentials::default(),
        };
        let short = url.trim_end_matches('/').strip_suffix(self.at).unwrap_or(url);
        let base = Base::parse(short).map_err(Failure::into_usage)?;
        let address = base.join(self.at)?;
        let fetched = Client::new(self.request_time).fetch(&address, &credentials)?;
        let target = Subject::bare(url, Kind::Service);
        match Report::parse(&fetched.bytes) {
            Ok(report) => Ok(target.of_report(&report)),
            Err(error) => match served::stamp(&fetched.bytes) {
                Some(stamp) => Ok(target.of_stamp(&stamp)),
                None => Err(Failure::new(format!(
                    "{address} is {error}; help: give --token-env if it answers at level verify"
                ))),
            },
        }
    }

    fn report(&self, path: &Path) -> Result<Subject, Failure> {
        let shown =
            if path == Path::new("-") { "-".to_owned() } else { path.display().to_string() };
        let target = Subject::bare(&shown, Kind::Report);
        Ok(match captured::read(path, self.request_time)? {
            Captured::Report(report) | Captured::Start(report) => target.of_report(&report),
            Captured::Stamp(stamp) => target.of_stamp(&stamp),
        })
    }

    fn artifact(&self, text: &str) -> Result<Subject, Failure> {
        let spec: Spec = text.parse().map_err(Failure::usage)?;
        let artifact = selfsame_image::open(&spec, &self.options, self.silence)?;
        let mut stamps: Vec<&Stamp> = Vec::new();
        for stamped in &artifact.stamps {
            if !stamps.contains(&&stamped.found.stamp) {
                stamps.push(&stamped.found.stamp);
            }
        }
        let name = Package::find(self.source).ok().map(|package| package.name().to_owned());
        if stamps.len() > 1
            && let Some(name) = &name
        {
            stamps.retain(|stamp| stamp.facts().name == *name);
        }
        match stamps.as_slice() {
            [stamp] => Ok(Subject::bare(text, Kind::Artifact).of_stamp(stamp)),
            [] if artifact.stamps.is_empty() => Err(inspect::no_stamp(&spec, &artifact)),
            _ => Err(Failure::new(format!(
                "`{spec}` carries {} stamps; help: say whose is meant by --source DIR",
                artifact.stamps.len()
            ))),
        }
    }

    fn tree(&self, directory: &Path) -> Result<Subject, Failure> {
        let mut source = Source::of_tree(directory, self.program_time)?;
        let target = Subject::bare(&directory.display().to_string(), Kind::Tree);
        Ok(target.of_source(&mut source))
    }

    fn revision(&self, revision: &str) -> Result<Subject, Failure> {
        let mut source = Source::at_revision(self.source, revision, self.program_time)?;
        if source.package.is_none() {
            return Err(Failure::new(format!(
                "this clone does not hold the commit {revision}: git fetch, and ask again"
            )));
        }
        Ok(Subject::bare(revision, Kind::Revision).of_source(&mut source))
    }
}

impl Subject {
    fn bare(shown: &str, kind: Kind) -> Self {
        Self {
            shown: shown.to_owned(),
            kind,
            name: None,
            content: Err("the content is unknown".to_owned()),
            commit: None,
            tree: Tree::Unknown,
            packages: Vec::new(),
            modules: Vec::new(),
            scope: Scope::default(),
            changed: Vec::new(),
        }
    }

    fn of_claim(self, claim: &Claim, scope: Scope) -> Self {
        let why = || claim.unknown.get("content").cloned();
        let why = || why().unwrap_or_else(|| "the level hides it".to_owned());
        Self {
            name: Some(claim.name.clone()),
            content: claim.content.ok_or_else(why),
            commit: claim.commit.clone(),
            tree: claim.tree,
            packages: claim.packages.clone().unwrap_or_default(),
            modules: claim.modules.clone().unwrap_or_default(),
            changed: claim.built_with.clone(),
            scope,
            ..self
        }
    }

    fn of_report(self, report: &Report) -> Self {
        let scope = report.scope.clone().unwrap_or_default();
        self.of_claim(&Claim::from(report), scope)
    }

    fn of_stamp(self, stamp: &Stamp) -> Self {
        self.of_claim(&Claim::from(stamp), stamp.facts().scope.clone())
    }

    fn of_source(self, source: &mut Source) -> Self {
        let facts = source.facts(&Scope::default());
        let changed = facts.changed.unwrap_or_default();
        Self {
            name: source.name().map(str::to_owned),
            content: facts.expected.content.ok_or_else(|| facts.no_content.unwrap_or_default()),
            commit: source.commit.clone().ok(),
            tree: if changed.is_empty() { Tree::Clean } else { Tree::Dirty },
            packages: facts.content.map(|content| content.package_contents()).unwrap_or_default(),
            modules: facts.modules.unwrap_or_default(),
            changed,
            ..self
        }
    }
}

/// Whether a file looks like a report or a stamp of files.
fn is_json(path: &Path) -> bool {
    use std::io::Read as _;

    let path: PathBuf = path.to_owned();
    if !path.is_file() {
        return false;
    }
    let mut first = [0; 64];
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut first));
    read.is_ok_and(|length| {
        first[..length].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
    })
}
