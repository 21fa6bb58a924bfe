//! A build in Docker without `.git`: the Dockerfile of `docs/docker.md`, step by step.
//!
//! There is no registry to take `rust` from, so each `RUN` is a container of the layer before it, with
//! the toolchain of this machine next to it and no network, and what it leaves is the next layer.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::asking::check;
use crate::docker::{Image, available, docker, run, unique};
use crate::shop::{Clone, Moment, bin, environment, target};
use selfsame_testing::command::{self, Outcome};
use selfsame_testing::package;
use selfsame_testing::requirements::require;

/// The service of the tests, which is `api` in the Dockerfile.
const NAME: &str = "backoffice-api";

/// The build stage of the Dockerfile.
struct Steps {
    workdir: String,
    /// Copied before dependencies are compiled.
    manifests: String,
    dependencies: String,
    arguments: Vec<String>,
    build: String,
    gate: String,
    /// What the context does not have.
    ignored: String,
}

impl Steps {
    fn of_the_page() -> Self {
        let page = fs::read_to_string(package().join("docs/docker.md")).expect("it can be read");
        let block = |language: &str| {
            let (_, rest) = page.split_once(&format!("```{language}\n")).expect("there is one");
            rest.split_once("```\n").expect("the block ends").0.to_owned()
        };
        let dockerfile = block("dockerfile").replace("\\\n", " ");
        let (stage, last) = dockerfile.split_once("\n\n").expect("there are two stages");
        assert!(last.contains("COPY --from=build /src/target/release/api "), "{last}");
        let lines = stage.lines().filter(|line| !line.starts_with('#'));
        let lines: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(' ')).collect();
        let [
            ("FROM", _),
            ("RUN", install),
            ("WORKDIR", workdir),
            ("COPY", manifests),
            ("RUN", dependencies),
            ("COPY", ". ."),
            ("ARG", commit),
            ("ARG", tree),
            ("RUN", build),
            ("RUN", gate),
        ] = *lines
        else {
            panic!("the stage has other steps: {lines:?}");
        };
        // The command of these tests is there already.
        assert!(install.starts_with("cargo install selfsame-cli "), "{install}");
        Self {
            workdir: workdir.to_owned(),
            manifests: manifests.to_owned(),
            dependencies: dependencies.to_owned(),
            arguments: vec![commit.to_owned(), tree.to_owned()],
            build: build.to_owned(),
            gate: gate.to_owned(),
            ignored: block("dockerignore"),
        }
    }
}

/// Where a program of the toolchain looks for itself.
fn toolchain() -> Option<(PathBuf, PathBuf)> {
    let cargo = Path::new(env!("CARGO")).canonicalize().ok()?;
    let root = cargo.parent()?.parent()?.to_owned();
    let variable = |name: &str| {
        let variables = environment();
        variables.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    };
    let home = variable("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cargo")))?;
    (root.join("bin/rustc").is_file() && home.is_dir()).then_some((root, home))
}

/// A layer of the build stage.
struct Layer(Image);

/// What a `RUN` printed, and what it left.
struct Ran {
    said: String,
    layer: Layer,
}

impl Ran {
    /// The crates that cargo compiled.
    fn compiled(&self) -> Vec<&str> {
        let crates = self.said.lines().filter_map(|line| line.trim().strip_prefix("Compiling "));
        crates.filter_map(|line| line.split(' ').next()).collect()
    }
}

impl Layer {
    /// `COPY`, from a clone, onto the layer before it.
    fn copy(clone: &Clone, steps: &Steps, from: &str, what: &str) -> Self {
        let api = clone.api();
        let dockerfile = format!("FROM {from}\nWORKDIR {}\nCOPY {what}\n", steps.workdir);
        fs::write(api.join("Dockerfile"), dockerfile).expect("it can be written");
        fs::write(api.join(".dockerignore"), &steps.ignored).expect("it can be written");
        let image = Image::of(&api, "stage", &[]);
        clone.repository.git(["checkout", "--quiet", "--", "api/Dockerfile"]);
        fs::remove_file(api.join(".dockerignore")).expect("it is there");
        Self(image)
    }

    /// `RUN`, with the build's arguments.
    #[track_caller]
    fn run(&self, steps: &Steps, step: &str, arguments: &[(&str, &str)]) -> Ran {
        self.try_run(steps, step, arguments).unwrap_or_else(|said| panic!("{step}: {said}"))
    }

    fn try_run(
        &self,
        steps: &Steps,
        step: &str,
        arguments: &[(&str, &str)],
    ) -> Result<Ran, String> {
        let (root, home) = toolchain().expect("it was asked for");
        let path = |path: &Path| path.display().to_string();
        let name = unique("stage");
        let mut command: Vec<String> =
            ["run", "--name", &name, "--network", "none"].map(str::to_owned).into();
        // Where cargo finds this package, and the command lies.
        let registry = target().with_file_name("registry");
        let command_in = PathBuf::from(env!("CARGO_BIN_EXE_selfsame")).parent().map(Path::to_owned);
        let read_only = ["/usr", "/bin", "/lib", "/lib64", "/etc/alternatives"]
            .map(PathBuf::from)
            .into_iter()
            .chain([root.clone(), home.clone(), package().to_owned(), bin(), registry])
            .chain(command_in);
        for directory in read_only.filter(|directory| directory.is_dir()) {
            command.extend(["--volume".to_owned(), format!("{0}:{0}:ro", path(&directory))]);
        }
        command.extend(["--tmpfs", "/tmp:exec"].map(str::to_owned));
        let search = format!("{}:{}:/usr/bin:/bin", path(&bin()), path(&root.join("bin")));
        let variables = [
            ("PATH", &*search),
            ("HOME", "/tmp"),
            ("CARGO_HOME", &*path(&home)),
            ("CARGO_NET_OFFLINE", "true"),
            // Less to write, and nothing else.
            ("CARGO_PROFILE_DEV_DEBUG", "0"),
            ("CARGO_INCREMENTAL", "0"),
        ]
        .map(|(name, value)| format!("{name}={value}"));
        let given = arguments.iter().map(|(name, value)| {
            let known = steps.arguments.iter().any(|argument| argument == name);
            assert!(known, "the Dockerfile has no ARG {name}");
            format!("{name}={value}")
        });
        for variable in variables.into_iter().chain(given) {
            command.extend(["--env".to_owned(), variable]);
        }
        command.extend([self.0.tag.clone(), "/bin/sh".to_owned(), "-c".to_owned()]);
        // The profile and the name of the tests.
        let step = step
            .replace(" --release", "")
            .replace("--package api", &format!("--package {NAME}"))
            .replace("target/release/api", &format!("target/debug/{NAME}"));
        command.push(format!("{{ {step}; }} 2>&1"));
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let outcome = run(&command);
        let log = |said| run(&["logs", &name]).unwrap_or(said);
        let outcome = outcome.map_err(log).map(|said| {
            let layer = Image { tag: unique("layer") };
            docker(&["commit", &name, &layer.tag]);
            Ran { said, layer: Self(layer) }
        });
        let _ = run(&["rm", "--force", &name]);
        outcome
    }

    /// What the next stage copies from this one.
    fn binary(&self, steps: &Steps, to: &TempDir) -> PathBuf {
        let name = unique("copy");
        docker(&["create", "--name", &name, &self.0.tag, "/bin/sh"]);
        let binary = to.path().join(&name);
        let from = format!("{name}:{}/target/debug/{NAME}", steps.workdir);
        let copied = run(&["cp", &from, binary.to_str().expect("the path is UTF-8")]);
        let _ = run(&["rm", "--force", &name]);
        copied.unwrap_or_else(|said| panic!("there is no binary: {said}"));
        binary
    }
}

fn inspect(binary: &Path) -> Outcome {
    let mut selfsame = command::command(Path::new(env!("CARGO_BIN_EXE_selfsame")), Path::new("/"));
    command::run(selfsame.arg("inspect"), &[binary])
}

#[test]
fn the_dockerfile_of_the_page_does_what_it_says() {
    if !available() || !require("the toolchain beside cargo", toolchain().is_some()) {
        return;
    }
    let steps = Steps::of_the_page();
    let binaries = TempDir::with_prefix("selfsame-drift-").expect("a temporary directory");
    let clone = Clone::at(Moment::New);
    // What goes into no build, and what the context leaves out.
    clone.repository.write("api/README.md", "The API.\n");
    clone.repository.write("api/docs/routes.md", "Its routes.\n");
    let commit = clone.repository.commit("Document it");

    // Dependencies are compiled from the manifest alone.
    let manifests = Layer::copy(&clone, &steps, "scratch", &steps.manifests);
    let dependencies = manifests.run(&steps, &steps.dependencies, &[]);
    let compiled = dependencies.compiled();
    for name in ["axum", "tokio", "selfsame", "selfsame-build"] {
        assert!(compiled.contains(&name), "{name} is not among {compiled:?}");
    }
    let dependencies = dependencies.layer;

    let with_source = Layer::copy(&clone, &steps, &dependencies.0.tag, ". .");
    let listed = with_source.run(&steps, "ls -a", &[]).said;
    let names: Vec<&str> = listed.lines().collect();
    assert!(names.contains(&"Cargo.toml") && !names.contains(&"docs"), "{names:?}");
    assert!(!names.contains(&"README.md") && !names.contains(&".git"), "{names:?}");

    // Source is older than the layer of the dependencies, and is compiled all the same.
    let arguments = [("SELFSAME_COMMIT", &*commit), ("SELFSAME_TREE", "clean")];
    let built = with_source.run(&steps, &steps.build, &arguments);
    assert_eq!(built.compiled(), [NAME], "dependencies are there: {}", built.said);
    let binary = built.layer.binary(&steps, &binaries);
    let said = inspect(&binary).out;
    assert!(said.contains(&format!("commit       {commit} (override)")), "{said}");
    assert!(said.contains("tree         clean"), "{said}");
    // The content is that of the checkout, in which the documents are.
    let artifact = binary.to_str().expect("the path is UTF-8");
    let outcome = check(&clone.api(), &["--artifact", artifact]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    assert!(outcome.out.contains("[equal-claimed]"), "{}", outcome.out);
    // In the stage there is no commit to compare with, and the content is enough.
    let passed = built.layer.run(&steps, &steps.gate, &arguments).said;
    assert!(passed.contains("[commit-unknown]"), "{passed}");

    // Only the commit changes: what stands above the arguments is kept, and no dependency is compiled.
    let next = "0123456789abcdef0123456789abcdef01234567";
    let arguments = [("SELFSAME_COMMIT", next), ("SELFSAME_TREE", "clean")];
    let rebuilt = with_source.run(&steps, &steps.build, &arguments);
    assert_eq!(rebuilt.compiled(), [NAME], "dependencies are there: {}", rebuilt.said);
    let said_next = inspect(&rebuilt.layer.binary(&steps, &binaries)).out;
    assert!(said_next.contains(&format!("commit       {next} (override)")), "{said_next}");

    // Without the arguments, the commit is unknown and says what to do.
    let without = with_source.run(&steps, &steps.build, &[]);
    let without = inspect(&without.layer.binary(&steps, &binaries)).out;
    assert!(without.contains("commit       unknown: there is no .git"), "{without}");
    assert!(without.contains("--build-arg"), "{without}");
    let content =
        |said: &str| said.lines().find(|line| line.starts_with("content ")).map(str::to_owned);
    assert_eq!(content(&without), content(&said), "the content is the same");
    assert_eq!(content(&said_next), content(&said), "the content is the same");
    assert!(content(&said).is_some());

    // A module that is in source and not compiled in fails the image.
    let clone = Clone::at(Moment::NoModLine);
    let with_source = Layer::copy(&clone, &steps, &dependencies.0.tag, ". .");
    let built = with_source.run(&steps, &steps.build, &[]);
    assert_eq!(built.compiled(), [NAME], "dependencies are there: {}", built.said);
    let failed = built.layer.try_run(&steps, &steps.gate, &[]).err().expect("it lacks a module");
    assert!(failed.contains("[module-not-compiled]"), "{failed}");
}
