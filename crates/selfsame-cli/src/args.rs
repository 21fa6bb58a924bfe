use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use selfsame_core::environment::Environment;
use ureq::http::{HeaderName, HeaderValue};

use crate::error::Failure;
use crate::targets::Ways;
use selfsame_image::{DEFAULT_GIB, Options, Platform, SILENCE, Spec};

/// How long one request may take, unless it is said.
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// How long one run of git or cargo may take, unless it is said.
const PROGRAM_TIME: Duration = Duration::from_secs(60);

/// So many replicas are asked at the same time, unless it is said.
const PARALLEL: u16 = 32;

const EXIT_CODES: &str = "Exit codes: 0 same, 1 drift, 2 could not tell (the reason is on standard \
                          error), 64 the command line is wrong.";

/// Is the process that is running the selfsame code that you are reading?
#[derive(Debug, Parser)]
#[command(
    name = "selfsame",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = EXIT_CODES
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t, display_order = 100)]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare a running service with its source, rung by rung.
    Check(Box<Check>),
    /// Print the stamps in a binary, an image or a root file system, without running it.
    Inspect(Inspect),
    /// Print what source says: commit, content and modules.
    Hash(Hash),
    /// Say why a file is content, or why it is not.
    Why(Why),
    /// Say which commits have the content of a service, an artifact or a report.
    Locate(Box<Locate>),
    /// Write the stamp of a directory of built files, such as a front end.
    Stamp(Stamp),
    /// Print what a code of `check` means and what to do about it.
    Explain(Explain),
    /// Print a script that completes commands and options in a shell.
    Completions(Completions),
    /// Write the man pages.
    Man(Man),
}

#[derive(Debug, Clone, Args)]
#[command(after_help = EXIT_CODES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
pub(crate) struct Check {
    #[arg(
        value_name = "TARGET",
        conflicts_with = "report",
        help = "The service, as in https://api.example.com; its report is at /__build below. Several \
                addresses, as of each replica, or through a proxy and past it, are held against \
                source one by one. @FILE, or @- for standard input, lists replicas: an address a \
                line, or JSON as of Prometheus' file_sd; dns+http://NAME:PORT is every address of a \
                name; compose://PROJECT/SERVICE:PORT and docker://SERVICE:PORT are containers of \
                Compose and Swarm; kube://NAMESPACE/KIND/NAME:PORT is every pod of a workload; \
                prometheus+http://HOST/?job=JOB is every target of a job. A name as in production or production/api is that of an environment in \
                selfsame.toml"
    )]
    pub(crate) urls: Vec<String>,

    /// The path of the report below URL.
    #[arg(long, value_name = "PATH", default_value = "/__build")]
    pub(crate) at: String,

    /// The package that should be running [default: that of the current directory, in git].
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,

    /// The revision that should be running, and no other. Short ids and names need a repository.
    #[arg(long, value_name = "REV")]
    pub(crate) commit: Option<String>,

    /// What was built: as for `selfsame inspect`.
    #[arg(long, value_name = "ARTIFACT")]
    pub(crate) artifact: Option<Spec>,

    #[command(flatten)]
    pub(crate) reading: Reading,

    /// A route that should be mounted, as in 'GET /api/v1/workflows'. May be given many times.
    #[arg(long = "route", value_name = "METHOD PATH")]
    pub(crate) routes: Vec<String>,

    /// A report that was fetched by other means; - reads standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,

    #[arg(
        long,
        value_name = "NAME",
        help = "The environment variable with the token for the report [default: SELFSAME_TOKEN, \
                if it is set]. It goes nowhere else"
    )]
    pub(crate) token_env: Option<String>,

    /// The environment variable with the bearer token for the routes. It goes nowhere else.
    #[arg(long, value_name = "NAME")]
    pub(crate) bearer_env: Option<String>,

    /// A header for the routes, as in 'Accept: text/plain'. A credential in it would stand in process
    /// lists: use --header-env.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,

    /// The environment variable with such a header, as in 'Cookie: session=…'. It goes nowhere
    /// else.
    #[arg(long = "header-env", value_name = "NAME")]
    header_envs: Vec<String>,

    /// Send methods other than GET and HEAD too. Without it the inventory alone judges them.
    #[arg(long)]
    pub(crate) send_unsafe: bool,

    /// Ask again until all that answers is same, for so long at most, as in 5m.
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "report")]
    pub(crate) wait: Option<Duration>,

    /// The pause between two rounds of --wait.
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration)]
    pub(crate) every: Duration,

    #[arg(
        long,
        value_name = "TIME",
        value_parser = duration,
        help = "How long one request, or one run of git or cargo, may take, and how long docker may \
                print nothing [default: 10s for a request, 1m for git and cargo, 2m for docker]"
    )]
    timeout: Option<Duration>,

    /// So many distinct instances must answer.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) replicas: Option<u16>,

    /// So many replicas are asked at the same time.
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = PARALLEL,
        value_parser = clap::value_parser!(u16).range(1..=1024)
    )]
    parallel: u16,

    /// Judge the targets of Prometheus by what was scraped of them, in one query, and ask none.
    #[arg(long, conflicts_with = "routes")]
    pub(crate) as_scraped: bool,

    /// Each URL is the address of one process, not of a balancer: do not look for others behind it.
    #[arg(long)]
    pub(crate) direct: bool,

    /// How to print what was found.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,

    /// The file with the environments [default: selfsame.toml here or above, in the repository].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    #[arg(
        long,
        value_name = "TIME",
        value_parser = duration,
        help = "Give each commit this time to arrive, as in 30m: until then the code before it is \
                the same too. Any commit with such a content will do"
    )]
    pub(crate) grace: Option<Duration>,

    /// The time in seconds since 1970, in place of the clock's.
    #[arg(long, value_name = "SECONDS", hide = true)]
    pub(crate) now: Option<i64>,

    /// Whether another commit with the same content will do, though a revision was named.
    #[arg(skip)]
    pub(crate) by_content: bool,

    /// Print nothing: the exit code is the answer.
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Print also what was skipped, and all that is known of each finding.
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document: schema/check.schema.json.
    Json,
    /// Annotations and a summary of GitHub Actions.
    Github,
    /// XML as of `JUnit`.
    Junit,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Printed {
    /// For people.
    #[default]
    Human,
    /// One JSON document.
    Json,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 located, 1 of no commit that was looked at, 2 could not tell (the \
                  reason is on standard error), 64 the command line is wrong."
)]
pub(crate) struct Locate {
    #[arg(
        value_name = "TARGET",
        help = "The URL of a service, an artifact as for `selfsame inspect`, a report (- reads \
                standard input), a content hash, the directory of a package, or a revision"
    )]
    pub(crate) target: String,

    /// The package whose history is asked [default: that of the current directory].
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub(crate) source: PathBuf,

    /// Look at all refs, and not only at what HEAD descends from.
    #[arg(long)]
    pub(crate) all: bool,

    /// Look at commits since this time, as `git log --since` takes it.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// The path of the report below the URL.
    #[arg(long, value_name = "PATH", default_value = "/__build")]
    pub(crate) at: String,

    #[arg(
        long,
        value_name = "NAME",
        help = "The environment variable with the token for the report [default: SELFSAME_TOKEN, \
                if it is set]"
    )]
    pub(crate) token_env: Option<String>,

    #[command(flatten)]
    pub(crate) reading: Reading,

    #[arg(
        long,
        value_name = "TIME",
        value_parser = duration,
        help = "How long one request, or one run of git, may take, and how long docker may print \
                nothing [default: 10s for a request, 1m for git, 2m for docker]"
    )]
    timeout: Option<Duration>,

    /// How to print the answer. JSON: schema/locate.schema.json.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Printed,
}

impl Locate {
    pub(crate) fn request_time(&self) -> Duration {
        self.timeout.unwrap_or(REQUEST_TIME)
    }

    pub(crate) fn program_time(&self) -> Duration {
        self.timeout.unwrap_or(PROGRAM_TIME)
    }

    pub(crate) fn silence(&self) -> Duration {
        self.timeout.unwrap_or(SILENCE)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The code, as in commit-behind. Without one, all codes are listed.
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell that reads the script.
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The directory for the pages. It is created if it does not exist.
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

impl Check {
    /// So many replicas are asked at the same time.
    pub(crate) fn parallel(&self) -> usize {
        usize::from(self.parallel)
    }

    /// The same, as it was given.
    pub(crate) fn parallel_number(&self) -> u16 {
        self.parallel
    }

    /// Asks so many replicas at the same time, since other services are asked as well.
    pub(crate) fn set_parallel(&mut self, parallel: u16) {
        self.parallel = parallel;
    }

    /// How long one request may take.
    pub(crate) fn request_time(&self) -> Duration {
        self.timeout.unwrap_or(REQUEST_TIME)
    }

    /// How long one run of git or cargo may take.
    pub(crate) fn program_time(&self) -> Duration {
        self.timeout.unwrap_or(PROGRAM_TIME)
    }

    /// How a list of replicas is asked for.
    pub(crate) fn ways(&self) -> Ways<'_> {
        Ways {
            at: &self.at,
            time: self.request_time(),
            as_scraped: self.as_scraped,
            direct: self.direct,
            program_time: self.program_time(),
        }
    }

    /// How long the client of a Docker daemon may print nothing.
    pub(crate) fn silence(&self) -> Duration {
        self.timeout.unwrap_or(SILENCE)
    }

    /// Reads the headers that environment variables hold.
    ///
    /// # Errors
    ///
    /// If a variable is not set, not UTF-8 or does not hold a header. Never with what it holds.
    pub(crate) fn read_headers(&mut self, environment: &Environment) -> Result<(), Failure> {
        for name in std::mem::take(&mut self.header_envs) {
            let fail = |why: &str| {
                Failure::new(format!("the environment variable {name} of --header-env {why}"))
            };
            let value = environment.get(&name).ok_or_else(|| fail("is not set, or is empty"))?;
            let value = value.to_str().ok_or_else(|| fail("is not UTF-8"))?.trim();
            let is_header = value.split_once(':').is_some_and(|(name, value)| {
                name.trim().parse::<HeaderName>().is_ok()
                    && HeaderValue::from_str(value.trim()).is_ok()
            });
            if !is_header {
                return Err(fail("is not of the form 'Name: value'"));
            }
            self.headers.push(value.to_owned());
        }
        Ok(())
    }
}

/// Reads a time. One that is longer than a day is a slip of the finger, and the clock might not
/// reach so far.
fn duration(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration > LONGEST { Err("a day at most".to_owned()) } else { Ok(duration) }
}

/// The limit on git of a command that runs nothing else.
#[derive(Debug, Args)]
pub(crate) struct Git {
    /// How long one run of git may take [default: 1m].
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
}

impl Git {
    /// How long one run of git may take.
    pub(crate) fn time(&self) -> Duration {
        self.timeout.unwrap_or(PROGRAM_TIME)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    #[arg(
        value_name = "ARTIFACT",
        help = "A binary, an archive or layout of an image, a root file system as directory or \
                tar, docker://IMAGE or container://NAME"
    )]
    pub(crate) artifact: Spec,

    #[command(flatten)]
    pub(crate) reading: Reading,

    /// How long docker may print nothing [default: 2m].
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// Print the tree hash of this directory inside the artifact, and what layers took away there.
    #[arg(long, value_name = "PATH")]
    pub(crate) tree: Option<String>,

    /// Print JSON, one line for each stamp; of a binary the stamp as it stands in it.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Hash {
    /// The package [default: that of the current directory].
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub(crate) source: PathBuf,

    /// Hash it as it is at this revision, instead of the working tree.
    #[arg(long, value_name = "REV")]
    pub(crate) commit: Option<String>,

    /// Print the lines under the content hash: `sha256sum` of them is the content.
    #[arg(long, conflicts_with = "json")]
    pub(crate) list: bool,

    /// Print the tree hash of this directory alone, whatever it is.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["source", "commit", "list", "metrics"])]
    pub(crate) tree: Option<PathBuf>,

    /// Print metrics of what should run, for Prometheus to compare with those of what runs.
    #[arg(long, conflicts_with_all = ["list", "json"])]
    pub(crate) metrics: bool,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) git: Git,
}

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The files, or directories whose files are meant.
    #[arg(value_name = "PATH", required_unless_present = "all")]
    pub(crate) paths: Vec<PathBuf>,

    /// The package [default: that of the current directory].
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub(crate) source: PathBuf,

    /// All that is content, and all that lies among it and is not.
    #[arg(long, conflicts_with = "paths")]
    pub(crate) all: bool,

    /// Print JSON, one line a file.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) git: Git,
}

#[derive(Debug, Args)]
pub(crate) struct Stamp {
    /// The directory of built files.
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,

    /// What the files are built from [default: the directory above DIR].
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,

    /// The name of what is stamped [default: that of package.json, or of the source directory].
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Where the stamp goes [default: DIR.selfsame.json]; DIR/__build is served with the files.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) git: Git,
}

/// How an artifact is read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Reading {
    /// Which image is meant, where the artifact holds several, as in linux/amd64.
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<Platform>,

    /// Hash layers that are not compressed too, and hold them against what the image states.
    #[arg(long)]
    verify_layers: bool,

    /// How much an artifact may unpack to. The time that reading it may take grows with it: 75
    /// seconds for each GiB.
    #[arg(
        long,
        value_name = "GIB",
        default_value_t = DEFAULT_GIB,
        value_parser = clap::value_parser!(u64).range(1..=1024)
    )]
    max_size: u64,
}

impl Reading {
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::default();
        options.platform.clone_from(&self.platform);
        options.verify_layers = self.verify_layers;
        options.max_size = self.max_size;
        options
    }
}
