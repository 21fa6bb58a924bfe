use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

#[cfg(feature = "vergen")]
use super::asked::Asked;
use super::directives::Directives;
use super::parts::{self, Told};
use super::watch::Watch;
use super::{BuildError, guard, toolchain};
use crate::environment::Environment;
use crate::source::{self, Configuration, Content, Package, Subject, Watching as _};
use crate::stamp::{Build, Facts, Part, Scope, Stamp, Tree, frame};

/// Stamps the package whose build script calls it.
///
/// Paths are relative to the package's directory.
///
/// ```no_run
/// selfsame::build::Stamper::new()
///     .modules("src/modules") // every child is one expected module
///     .also("../proto") // goes into the build and lies outside
///     .shipped("dashboard/dist").at("/app/dist") // lies beside the running process
///     .emit();
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is stamped before `emit`"]
pub struct Stamper {
    modules: Vec<PathBuf>,
    every_child_of: Vec<PathBuf>,
    also: Vec<PathBuf>,
    routes: Option<PathBuf>,
    shipped: Vec<Shipping>,
    misplaced: Option<&'static str>,
    part: bool,
    require_commit: bool,
    require_clean: bool,
    #[cfg(feature = "vergen")]
    asked: Asked,
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

    /// Counts a further file or directory as content. It may lie outside the package, as in
    /// `../proto`, and it has to exist.
    pub fn also(mut self, path: impl Into<PathBuf>) -> Self {
        self.also.push(path.into());
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
    /// The files are no content. A directory that is absent or empty when the script runs is
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

    /// Makes the package a part of what is built from it, instead of stamping it: its content goes
    /// into the stamps of its dependents, which name it and say whether it is clean.
    ///
    /// It looks at no commit, so that a commit alone does not compile it again, and its code has no
    /// [`stamp!`](crate::stamp!). Its manifest needs a `links`, in any words that no other package
    /// of the build uses: without it cargo tells dependents nothing.
    ///
    /// ```toml
    /// [package]
    /// name = "kit"
    /// links = "kit"
    /// ```
    pub fn part(mut self) -> Self {
        self.part = true;
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

    /// Tells when the script ran, for information: [`Info::built_at`](crate::stamp::Info).
    ///
    /// That is the time of the last run, which is not that of the last build: cargo runs the script
    /// when something changed. `SOURCE_DATE_EPOCH`, in seconds since 1970, is told instead where it
    /// is set; its change runs the script, and a value that is no such number fails the build.
    /// vergen's `VERGEN_BUILD_TIMESTAMP` and `VERGEN_IDEMPOTENT` are heeded as well.
    ///
    /// ```no_run
    /// selfsame::build::Stamper::new().built_at().toolchain().emit();
    /// ```
    #[cfg(feature = "vergen")]
    pub fn built_at(mut self) -> Self {
        self.asked.built_at = true;
        self
    }

    /// Tells the compiler in full, for information: its channel, host, LLVM and commit, as
    /// [`Info::toolchain`](crate::stamp::Info). Its version is always stamped.
    #[cfg(feature = "vergen")]
    pub fn toolchain(mut self) -> Self {
        self.asked.toolchain = true;
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
        let text = |name: &str| Ok::<_, BuildError>(required(name)?.to_string_lossy().into_owned());
        let out_dir = Path::new(required("OUT_DIR")?).join("selfsame");
        std::fs::create_dir_all(&out_dir)
            .map_err(|error| BuildError::io("create", &out_dir, &error))?;
        let package = Package::open(Path::new(required("CARGO_MANIFEST_DIR")?))?;
        let mut scope = self.scope()?;
        let mut watch = Watch::default();
        let directives = &mut Directives::new(out);

        // What the package says of itself comes first: its parts speak for themselves.
        let mut told = parts::told(environment)?;
        if package.links().is_some() {
            let content = Content::of(&package, &scope)?;
            let own = Told::of(&package, &scope, &content)?;
            let all = [&[own], &told[..]].concat();
            directives.metadata(parts::KEY, &parts::text(&all))?;
        } else if self.part {
            return Err(BuildError::new(format!(
                "the part `{name}` cannot tell its dependents of itself: add `links = \"{name}\"` to \
                 [package] in its Cargo.toml",
                name = package.name()
            )));
        }
        if self.part {
            told.clear();
        }
        for part in &told {
            part.check()?;
            scope.parts.insert(part.path_from(package.root())?, part.also());
        }

        let mut facts = Facts::new(package.name(), package.version());
        facts.modules = source::expected_modules(&package, &scope)?;
        let configuration = Configuration::of_build(environment);
        let declared = source::declared(&package, &configuration, &facts.modules)?;
        for (module, declared) in facts.modules.iter_mut().zip(declared) {
            module.declared = Some(declared);
        }
        facts.routes = source::expected_routes(&package, &scope)?;
        facts.shipped = source::shipped(&package, &self.shipping()?);
        facts.build = Build {
            profile: Some(text("PROFILE")?),
            target: Some(text("TARGET")?),
            rustc: None,
            features: features(environment),
        };
        match toolchain::rustc(package.root(), environment) {
            Ok(version) => facts.build.rustc = Some(version),
            Err(reason) => facts.unknown("rustc", source::cut(&reason)),
        }
        let content = Content::of(&package, &scope)?;
        match content.digest() {
            Ok(digest) => facts.content = Some(digest),
            Err(error) => facts.unknown("content", source::cut(&error.to_string())),
        }
        let stamped = |name: &str| told.iter().any(|part| part.name == name);
        facts.unstamped =
            content.local_dependencies().filter(|name| !stamped(name)).map(str::to_owned).collect();
        facts.scope = scope;

        watch.content(&package, &content);
        watch.shipped(&package, &facts.shipped);
        if self.part {
            facts.unknown("commit", "a part looks at no commit");
            facts.unknown("tree", "a part looks at no commit");
            watch.tell(&out_dir.join("watch"), directives)?;
            return Ok(Stamp::seal(facts)?);
        }
        let scratch = out_dir.join("index");
        let is_stamped = |package: &Package| told.iter().any(|part| part.name == package.name());
        let others = source::unstamped(&package, &content, is_stamped)?;
        let subject = Subject { package: &package, content: &content, others: &others };
        let known = source::find_revision(&subject, environment, &scratch, &mut watch)?;
        for part in &told {
            let tree = known.tree_below(&part.path_from(package.root())?);
            facts.parts.push(Part { name: part.name.clone(), content: part.content, tree });
        }

        let ignored = known.ignored.clone();
        known.write(&mut facts);
        #[cfg(feature = "vergen")]
        self.asked.tell(environment, &mut facts.info, &mut watch, directives)?;
        let stamp = Stamp::seal(facts)?;
        warn(directives, &ignored, &content, &stamp)?;
        self.require(&stamp)?;

        let guard = guard::assertions(&out_dir, &package, &content)?;
        let path = write(&out_dir, &stamp, &guard)?;
        watch.tell(&out_dir.join("watch"), directives)?;
        directives.rustc_env("SELFSAME_STAMP", &path)?;
        Ok(stamp)
    }

    fn scope(&self) -> Result<Scope, BuildError> {
        let mut scope = Scope::default();
        for path in &self.modules {
            scope.modules.insert(source::spelled(path, false)?);
        }
        for path in &self.every_child_of {
            scope.modules.insert(source::spelled(path, false)? + "/*");
        }
        for path in &self.also {
            scope.also.insert(source::spelled(path, true)?);
        }
        scope.routes =
            self.routes.as_deref().map(|path| source::spelled(path, false)).transpose()?;
        if scope.modules.len() < self.modules.len() + self.every_child_of.len() {
            return Err(BuildError::new("a module is named twice: name each once"));
        }
        Ok(scope)
    }

    /// The name, the path and the place at run time of each shipped directory.
    fn shipping(&self) -> Result<Vec<(String, String, String)>, BuildError> {
        if let Some(method) = self.misplaced {
            return Err(BuildError::new(format!(
                "`.{method}(…)` stands before `.shipped(…)`, of which it says more: put it behind"
            )));
        }
        if self.part && !self.shipped.is_empty() {
            return Err(BuildError::new(
                "a part ships nothing: name its directory in the build script of the service",
            ));
        }
        let mut names = BTreeSet::new();
        let mut all = Vec::new();
        for shipping in &self.shipped {
            let path = source::spelled(&shipping.path, true)?;
            let last = path.rsplit('/').next().unwrap_or(&path);
            let name = shipping.name.clone().unwrap_or_else(|| last.to_owned());
            if !names.insert(name.clone()) {
                return Err(BuildError::new(format!(
                    "two shipped directories are named `{name}`: give one another name, by `.named(…)`"
                )));
            }
            let at = shipping.at.clone().unwrap_or_else(|| path.clone());
            all.push((name, path, at));
        }
        Ok(all)
    }

    fn require(&self, stamp: &Stamp) -> Result<(), BuildError> {
        let reason = |fact: &str| stamp.unknown.get(fact).map_or("", String::as_str);
        if self.require_commit && stamp.commit.is_none() {
            return Err(BuildError::new(format!(
                "a commit is required and unknown: {}",
                reason("commit")
            )));
        }
        match stamp.revision.tree {
            Tree::Dirty if self.require_clean => Err(BuildError::new(format!(
                "a clean tree is required, and these differ from the commit: {}",
                stamp.info.changed.join(", ")
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
    content: &Content,
    stamp: &Stamp,
) -> Result<(), BuildError> {
    for path in ignored {
        directives.warning(format_args!(
            "selfsame: `{path}` goes into the build and git ignores it: the tree is dirty"
        ))?;
    }
    for link in content.symlinks() {
        directives.warning(format_args!(
            "selfsame: `{link}` is a symbolic link: content covers where it points, not what is \
             there; name the target with .also()"
        ))?;
    }
    for (fact, reason) in &stamp.unknown {
        directives.warning(format_args!("selfsame: {fact} is unknown: {reason}"))?;
    }
    for shipped in &stamp.shipped {
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

/// The features that are on. Cargo tells their names in capitals, with `_` for `-`, unless
/// `CARGO_CFG_FEATURE` has them as they are written.
fn features(environment: &Environment) -> Vec<String> {
    let listed = environment.get("CARGO_CFG_FEATURE").map(|list| list.to_string_lossy());
    let mut features: Vec<String> =
        listed.iter().flat_map(|list| list.split(',')).map(str::to_owned).collect();
    features.sort_unstable();
    features.dedup();
    features
}

/// Writes what [`stamp!`](crate::stamp!) includes and returns its path.
fn write(directory: &Path, stamp: &Stamp, guard: &str) -> Result<PathBuf, BuildError> {
    let framed = frame(stamp);
    let source = format!(
        "{{\n{guard}    \
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
