use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::directives::Directives;
use super::previous::Previous;
#[cfg(feature = "vergen")]
use super::vergen_facts::VergenFacts;
use super::watch::Watch;
use super::{BuildError, length_asserts, toolchain};
use selfsame_core::environment::Environment;
use selfsame_core::stamp::{self, Build, Facts, Stamp, Tree, frame};
use selfsame_source::{Activation, Configuration, Disk, Package, Scope, Survey};

/// How long one run of git may take in a build.
const MAX_GIT_TIME: Duration = Duration::from_secs(60);

/// Stamps the package whose build script calls it. If that fails, the build ends with the reason.
///
/// ```no_run
/// // build.rs
/// selfsame_build::stamp();
/// ```
pub fn stamp() {
    Stamper::new().emit();
}

/// Stamps the package whose build script calls it, with more to say than [`stamp()`].
///
/// What can be known from source stands in `[package.metadata.selfsame]`, where the command finds it
/// too. Paths are relative to the package's directory.
///
/// ```no_run
/// selfsame_build::Stamper::new().require_clean().emit();
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is stamped before `emit`"]
pub struct Stamper {
    modules: Vec<PathBuf>,
    every_child_of: Vec<PathBuf>,
    routes: Option<PathBuf>,
    shipped: Vec<Shipping>,
    misplaced: Option<&'static str>,
    require_commit: bool,
    require_clean: bool,
    #[cfg(feature = "vergen")]
    vergen: VergenFacts,
}

/// A directory to ship, as the build script says it.
#[derive(Debug, Clone)]
struct Shipping {
    path: PathBuf,
    at: Option<String>,
    name: Option<String>,
}

impl Stamper {
    /// Returns a stamper that stamps the commit and the content, and expects no module.
    pub fn new() -> Self {
        Self::default()
    }

    /// Expects a module: the directory `path`, the file `path.rs`, or both.
    ///
    /// The build fails if there is neither, or if the directory holds no file.
    pub fn module(mut self, path: impl Into<PathBuf>) -> Self {
        self.modules.push(path.into());
        self
    }

    /// Expects each child of the directory `path` as a module: each directory, and each `.rs` file
    /// but `mod.rs`.
    pub fn modules(mut self, path: impl Into<PathBuf>) -> Self {
        self.every_child_of.push(path.into());
        self
    }

    /// Stamps the list of routes that the file `path` holds, one `METHOD path` a line, as
    /// `routes::assert_listed` writes and keeps it. The report then says which of them are not
    /// mounted, and which routes are that the list does not have.
    ///
    /// The file is content. The build fails if it is absent or no list.
    pub fn routes(mut self, path: impl Into<PathBuf>) -> Self {
        self.routes = Some(path.into());
        self
    }

    /// Expects the files of the directory `path`, as they are now, beside the running process, which
    /// looks at them when it starts and from then on: a front end, templates, migrations. The
    /// process finds them at the same path from its working directory, unless [`at`](Self::at) or
    /// the variable `SELFSAME_SHIPPED_NAME` says otherwise. The report says which are missing,
    /// changed or added.
    ///
    /// The files are not content. A directory that is absent or empty when the script runs is
    /// unknown, with a warning, and the build goes on; a stamp file beside it (`DIR.selfsame.json`,
    /// written by `selfsame stamp`) then says what the process has to find. A file `__build`
    /// directly in the directory does not count.
    pub fn shipped(mut self, path: impl Into<PathBuf>) -> Self {
        self.shipped.push(Shipping { path: path.into(), at: None, name: None });
        self
    }

    /// Says where the running process finds what the last [`shipped`](Self::shipped) named: an
    /// absolute path, or one from its working directory.
    pub fn at(mut self, path: impl Into<String>) -> Self {
        match self.shipped.last_mut() {
            Some(last) => last.at = Some(path.into()),
            None => self.misplaced = Some("at"),
        }
        self
    }

    /// Names what the last [`shipped`](Self::shipped) named otherwise than by the last component of
    /// its path.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        match self.shipped.last_mut() {
            Some(last) => last.name = Some(name.into()),
            None => self.misplaced = Some("named"),
        }
        self
    }

    /// Fails the build if the commit is unknown.
    pub fn require_commit(mut self) -> Self {
        self.require_commit = true;
        self
    }

    /// Fails the build unless the tree is known to be clean.
    pub fn require_clean(mut self) -> Self {
        self.require_clean = true;
        self
    }

    /// Tells when the script ran, for information: [`Info::built_at`](selfsame_core::stamp::Info).
    ///
    /// That is the time of the last run, which is not that of the last build: cargo runs the script
    /// when something changed. `SOURCE_DATE_EPOCH`, in seconds since 1970, is told instead where it
    /// is set; its change runs the script, and a value that is no such number fails the build.
    /// vergen's `VERGEN_BUILD_TIMESTAMP` and `VERGEN_IDEMPOTENT` are heeded as well.
    ///
    /// ```no_run
    /// selfsame_build::Stamper::new().built_at().toolchain().emit();
    /// ```
    #[cfg(feature = "vergen")]
    pub fn built_at(mut self) -> Self {
        self.vergen.built_at = true;
        self
    }

    /// Tells the compiler in full, for information: its channel, host, LLVM and commit, as
    /// [`Info::toolchain`](selfsame_core::stamp::Info). Its version is always stamped.
    #[cfg(feature = "vergen")]
    pub fn toolchain(mut self) -> Self {
        self.vergen.toolchain = true;
        self
    }

    /// Stamps the package. If that fails, tells cargo why and ends the build script.
    pub fn emit(self) {
        if let Err(error) = self.try_emit() {
            let mut directives = std::io::stdout().lock();
            for line in error.to_string().lines() {
                let _ = writeln!(directives, "cargo::error={line}");
            }
            fail();
        }
    }

    /// Stamps the package.
    ///
    /// # Errors
    ///
    /// If an expected module is absent or empty, if source cannot be read, if a variable names no
    /// commit, or if something required is missing.
    pub fn try_emit(self) -> Result<(), BuildError> {
        let environment = Environment::of_process();
        self.emit_to(&environment, &mut std::io::stdout().lock()).map(drop)
    }

    /// Stamps the package that `environment` describes (as cargo sets it for a build script) and
    /// writes what cargo has to know to `out`. Returns the stamp.
    ///
    /// # Errors
    ///
    /// As [`try_emit`](Self::try_emit).
    pub fn emit_to(
        self,
        environment: &Environment,
        out: &mut dyn Write,
    ) -> Result<Stamp, BuildError> {
        let required = |name: &str| {
            environment.get(name).ok_or_else(|| {
                BuildError::new(format!("cargo did not set {name}: call this from a build script"))
            })
        };
        let out_dir = Path::new(required("OUT_DIR")?).join("selfsame");
        std::fs::create_dir_all(&out_dir)
            .map_err(|error| BuildError::io("create", &out_dir, &error))?;
        let previous = Previous::begin(&out_dir)?;
        let package = Package::open(Path::new(required("CARGO_MANIFEST_DIR")?))?;
        let code = self.scope()?;
        let mut scope = Scope::of(&package)?;
        scope.extend(&code);
        self.ship(&mut scope)?;
        let mut watch = Watch::default();
        let directives = &mut Directives::new(out);

        let mut facts = Facts::new(package.name(), package.version());
        facts.modules = selfsame_source::expected_modules(&Disk, &package, &scope.modules)?;
        let configuration = Configuration::of_build(environment);
        let declared = selfsame_source::declared(&package, &configuration, &facts.modules)?;
        for (module, declared) in facts.modules.iter_mut().zip(declared) {
            module.declared = Some(declared);
        }
        facts.routes = selfsame_source::expected_routes(&Disk, &package, &scope)?;
        facts.shipped = selfsame_source::shipped(&package, &scope.shipped);
        facts.scope = code;
        facts.build = build(environment)?;
        match toolchain::rustc(package.root(), environment) {
            Ok(version) => facts.build.rustc = Some(version),
            Err(reason) => facts.unknown("rustc", selfsame_source::cut(&reason)),
        }
        let activation = Activation::of_build(environment);
        let scratch = out_dir.join("index");
        let activation = Some(&activation);
        let Survey { content, revision, .. } = selfsame_source::survey(
            &package,
            environment,
            MAX_GIT_TIME,
            activation,
            &scratch,
            &mut watch,
        )?;
        match content.digest() {
            Ok(digest) => facts.content = Some(digest),
            Err(why) => facts.unknown("content", selfsame_source::cut(why)),
        }
        facts.packages = content.package_contents();
        facts.outside = content.outside();
        previous.check(&content)?;

        watch.content(&content);
        watch.scope(&package, &facts.scope);
        watch.shipped(&package, &facts.shipped);
        let ignored = revision.ignored.clone();
        revision.write(&mut facts);
        #[cfg(feature = "vergen")]
        self.vergen.tell(environment, &mut facts.info, &mut watch, directives)?;
        let stamp = Stamp::seal(facts)?;
        warn(directives, &ignored, &stamp)?;
        self.require(&stamp)?;

        let asserts = length_asserts::assertions(&out_dir, &package, &content)?;
        let path = write(&out_dir, &stamp, &asserts)?;
        watch.tell(&out_dir.join("watch"), directives)?;
        directives.rustc_env("SELFSAME_STAMP", &path)?;
        Ok(stamp)
    }

    fn scope(&self) -> Result<stamp::Scope, BuildError> {
        let mut scope = stamp::Scope::default();
        for path in &self.modules {
            scope.modules.insert(selfsame_source::normalize(path, false)?);
        }
        for path in &self.every_child_of {
            scope.modules.insert(selfsame_source::normalize(path, false)? + "/*");
        }
        scope.routes = self
            .routes
            .as_deref()
            .map(|path| selfsame_source::normalize(path, false))
            .transpose()?;
        if scope.modules.len() < self.modules.len() + self.every_child_of.len() {
            return Err(BuildError::new("a module is named twice: name each once"));
        }
        Ok(scope)
    }

    /// Adds the shipped directories that are named in code.
    fn ship(&self, scope: &mut Scope) -> Result<(), BuildError> {
        if let Some(method) = self.misplaced {
            return Err(BuildError::new(format!(
                "`.{method}(…)` stands before the `.shipped(…)` that it belongs to: put it after"
            )));
        }
        for Shipping { path, at, name } in &self.shipped {
            scope.ship(path, at.as_deref(), name.as_deref())?;
        }
        Ok(())
    }

    fn require(&self, stamp: &Stamp) -> Result<(), BuildError> {
        let reason = |fact: &str| stamp.facts().unknown.get(fact).map_or("", String::as_str);
        if self.require_commit && stamp.facts().commit.is_none() {
            return Err(BuildError::new(format!(
                "a commit is required and unknown: {}",
                reason("commit")
            )));
        }
        match stamp.facts().revision.tree {
            Tree::Dirty if self.require_clean => Err(BuildError::new(format!(
                "a clean tree is required, and these differ from the commit: {}",
                stamp.facts().info.changed.join(", ")
            ))),
            Tree::Unknown if self.require_clean => Err(BuildError::new(format!(
                "a clean tree is required, and it is unknown: {}",
                reason("tree")
            ))),
            _ => Ok(()),
        }
    }
}

/// Tells cargo's user of what the stamp does not say as it should.
fn warn(
    directives: &mut Directives<'_>,
    ignored: &[String],
    stamp: &Stamp,
) -> Result<(), BuildError> {
    /// So many files are named, each in a line.
    const NAMED: usize = 10;

    if ignored.len() > NAMED {
        let more = ignored.len() - NAMED;
        directives.warning(format_args!(
            "selfsame: {more} more files go into the build and git ignores them"
        ))?;
    }
    for path in ignored.iter().take(NAMED) {
        directives.warning(format_args!(
            "selfsame: `{path}` goes into the build and git ignores it: the tree is dirty"
        ))?;
    }
    if stamp.facts().info.changed.iter().any(|change| change.ends_with("Cargo.lock")) {
        directives.warning(
            "selfsame: Cargo.lock is not that of the commit, so other versions may be built than \
             source says; `cargo install --path` takes `--locked` to keep it",
        )?;
    }
    for (fact, reason) in &stamp.facts().unknown {
        directives.warning(format_args!("selfsame: {fact} is unknown: {reason}"))?;
    }
    for shipped in &stamp.facts().shipped {
        if let Some(why) = &shipped.unknown {
            let name = &shipped.name;
            directives
                .warning(format_args!("selfsame: the files of `{name}` are unknown: {why}"))?;
        }
    }
    Ok(())
}

/// Ends the build script. A panic would add a backtrace to a message that says it all.
#[expect(clippy::exit, reason = "the script has nothing left to do, and cargo prints the error")]
fn fail() -> ! {
    std::process::exit(1)
}

/// How the package is built, as cargo says it.
fn build(environment: &Environment) -> Result<Build, BuildError> {
    let text = |name: &str| environment.get(name).map(|value| value.to_string_lossy().into_owned());
    let required = |name: &str| {
        text(name).ok_or_else(|| {
            BuildError::new(format!("cargo did not set {name}: call this from a build script"))
        })
    };
    let listed = |name: &str, separator: char| -> Vec<String> {
        let list = text(name).unwrap_or_default();
        list.split(separator).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    };
    // `CARGO_FEATURE_…` has the names in capitals, this has them as they are written.
    let mut features = listed("CARGO_CFG_FEATURE", ',');
    features.sort_unstable();
    features.dedup();
    let mut build = Build::default();
    build.profile = Some(required("PROFILE")?);
    build.target = Some(required("TARGET")?);
    build.features = features;
    build.rustflags = listed("CARGO_ENCODED_RUSTFLAGS", '\u{1f}');
    build.opt_level = text("OPT_LEVEL");
    build.debug_assertions = Some(environment.is_set("CARGO_CFG_DEBUG_ASSERTIONS"));
    Ok(build)
}

/// Writes what [`stamp!`](selfsame_core::stamp!) includes and returns its path.
fn write(directory: &Path, stamp: &Stamp, asserts: &str) -> Result<PathBuf, BuildError> {
    let framed = frame(stamp);
    let source = format!(
        "{{\n{asserts}    \
             #[used]\n    \
             static STAMP: [u8; {}] = *include_bytes!(\"stamp.bin\");\n    \
             &STAMP\n\
         }}\n",
        framed.len()
    );
    let write = |name: &str, bytes: &[u8]| {
        let path = directory.join(name);
        std::fs::write(&path, bytes)
            .map_err(|error| BuildError::io("write", &path, &error))
            .map(|()| path)
    };
    write("stamp.bin", &framed)?;
    write("stamp.rs", source.as_bytes())
}
