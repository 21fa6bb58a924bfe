//! What it costs, beside what others cost, in one run: `cargo bench --package selfsame-cli --bench cost`.
//!
//! Prints tables for the documentation. One part alone: `-- tree`, `-- cold`, `-- service`,
//! `-- script`, `-- workspace`, `-- guard`, `-- size` or `-- image` at the end. The parts that build use the registry. Nothing here
//! decides a test.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

#[path = "cost/image.rs"]
mod image;
#[path = "cost/service.rs"]
mod service;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use selfsame_testing::cargo::Cargo;
use selfsame_testing::repository::Repository;
use selfsame_testing::{clean_environment, registry};
use tempfile::TempDir;

const ROUNDS: usize = 5;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let parts: [(&str, fn()); 8] = [
        ("tree", tree),
        ("cold", cold),
        ("service", service::service),
        ("script", script),
        ("workspace", workspace),
        ("guard", guard),
        ("size", size),
        ("image", image::image),
    ];
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            part();
        }
    }
}

fn directory() -> TempDir {
    TempDir::with_prefix("cost-").expect("a temporary directory")
}

/// The median of some times, in seconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

/// The processor's time in programs that this process has waited for, with theirs, as Linux tells
/// it: user seconds. On a machine that does other things too it says more than the clock does.
fn processor_time() -> Option<f64> {
    // `cutime` is the fourteenth field behind the name, in hundredths of a second.
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let ticks: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(13)?.parse().ok()?;
    Some(f64::from(ticks) / 100.0)
}

fn timed(run: impl FnOnce()) -> Duration {
    let started = Instant::now();
    run();
    started.elapsed()
}

/// The tree hash beside the coreutils line, on 20,000 files and 180 MB in cache.
fn tree() {
    const LINE: &str = "find . -type f ! -path '*/.*' -print0 | LC_ALL=C sort -z | \
                        xargs -0r sha256sum | sha256sum";

    let directory = directory();
    let mut bytes = vec![0_u8; 9_000];
    for number in 0..20_000_u32 {
        let folder = directory.path().join(format!("d{}/e{}", number % 200, number % 7));
        std::fs::create_dir_all(&folder).expect("mkdir");
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        std::fs::write(folder.join(format!("f{number}")), &bytes).expect("write");
    }
    let coreutils = || {
        let output = Command::new("sh")
            .args(["-c", LINE])
            .current_dir(directory.path())
            .output()
            .expect("the line runs");
        String::from_utf8_lossy(&output.stdout)[..64].to_owned()
    };
    let ours = || {
        selfsame_core::tree::hash(directory.path()).expect("it can be hashed").sha256.to_string()
    };
    assert_eq!(coreutils(), ours(), "both hash the same");
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        times.0.push(timed(|| drop(coreutils())));
        times.1.push(timed(|| drop(ours())));
    }
    let (theirs, ours) = (median(times.0), median(times.1));
    println!("\n## Tree hash of 20,000 files, 180 MB, in cache\n");
    println!("| | seconds (median of {ROUNDS}) |\n|---|---|");
    println!("| the coreutils line | {theirs:.2} |");
    println!("| selfsame | {ours:.2} |");
    println!("\n{:.1} times as fast; peak memory {}.", theirs / ours, peak_memory());
}

/// The most memory that this process ever had, as Linux tells it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown".to_owned(), |peak| peak.trim().to_owned())
}

/// A package with this build script, in a repository of its own.
struct Trivial {
    repository: Repository,
    target: PathBuf,
    _directory: TempDir,
}

impl Trivial {
    fn new(name: &str, dependencies: &str, script: &str, main: &str) -> Self {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n{dependencies}"
        );
        let files = [("Cargo.toml", &*manifest), ("build.rs", script), ("src/main.rs", main)];
        Self::of(&files.map(|(path, text)| (path.to_owned(), text.to_owned())))
    }

    fn of(files: &[(String, String)]) -> Self {
        let directory = directory();
        let repository = Repository::init(&directory.path().join("package"));
        for (path, text) in files {
            repository.write(path, text.as_str());
        }
        repository.write(".gitignore", "/target\n");
        let target = directory.path().join("target");
        let trivial = Self { repository, target, _directory: directory };
        let fetched = trivial.cargo().run(trivial.repository.path(), &["fetch"]);
        assert!(fetched.success, "{}", fetched.said);
        trivial.repository.commit("Begin");
        trivial
    }

    fn cargo(&self) -> Cargo {
        Cargo::into_target(&self.target)
    }

    fn build(&self, arguments: &[&str]) -> (Duration, usize) {
        let mut compiled = 0;
        let time = timed(|| {
            let built = self.cargo().build(self.repository.path(), arguments);
            compiled = built.said.lines().filter(|line| line.contains("Compiling ")).count();
        });
        (time, compiled)
    }
}

impl Trivial {
    /// Makes cargo compile the package's own crate again, and nothing else.
    fn forget_the_crate(&self) {
        let units = self.target.join("debug/.fingerprint");
        for unit in std::fs::read_dir(units).expect("cargo made it").flatten() {
            let name = unit.file_name();
            let is_bin = |name: &str| unit.path().join(format!("bin-{name}")).exists();
            if name.to_string_lossy().starts_with("large-") && is_bin("large") {
                std::fs::remove_dir_all(unit.path()).expect("it can be removed");
            }
        }
    }
}

/// The library, as a service depends on it.
fn ours(features: &str) -> String {
    let selfsame = registry::dependency();
    format!("selfsame = {{ {selfsame}, default-features = false, features = [{features}] }}\n")
}

/// The build side.
fn build_side() -> String {
    format!("selfsame-build = {{ {} }}\n", registry::dependency())
}

/// A trivial service with each build side, from nothing: crates compiled, seconds by the clock and
/// of the processor.
fn cold() {
    const PRINT: &str = "fn main() { println!(\"{}\", env!(\"VERGEN_GIT_SHA\")); }\n";

    let vergen = |krate: &str, builder: &str| {
        format!(
            "use {krate}::{{Emitter, {builder}}};\n\nfn main() {{\n    Emitter::default()\
             .add_instructions(&{builder}::all_git()).unwrap().emit().unwrap();\n}}\n"
        )
    };
    let peers = [
        (
            "selfsame",
            format!("[dependencies]\n{}\n[build-dependencies]\n{}", ours(""), build_side()),
            "fn main() { selfsame_build::stamp(); }\n".to_owned(),
            "fn main() { println!(\"{:?}\", selfsame::stamp!().read()); }\n",
        ),
        (
            "built",
            "[build-dependencies]\nbuilt = { version = \"0.8\", features = [\"git2\"] }\n"
                .to_owned(),
            "fn main() { built::write_built_file().unwrap(); }\n".to_owned(),
            "include!(concat!(env!(\"OUT_DIR\"), \"/built.rs\"));\n\
             fn main() { println!(\"{:?}\", GIT_COMMIT_HASH); }\n",
        ),
        (
            "shadow-rs",
            "[dependencies]\nshadow-rs = { version = \"2\", default-features = false }\n\n\
             [build-dependencies]\nshadow-rs = \"2\"\n"
                .to_owned(),
            "fn main() { shadow_rs::ShadowBuilder::builder().build().unwrap(); }\n".to_owned(),
            "shadow_rs::shadow!(build);\nfn main() { println!(\"{}\", build::COMMIT_HASH); }\n",
        ),
        (
            "vergen-gitcl",
            "[build-dependencies]\nvergen-gitcl = \"=10.0.1\"\n".to_owned(),
            vergen("vergen_gitcl", "Gitcl"),
            PRINT,
        ),
        (
            "vergen-gix",
            "[build-dependencies]\nvergen-gix = \"=10.0.1\"\n".to_owned(),
            vergen("vergen_gix", "Gix"),
            PRINT,
        ),
    ];
    println!("\n## A trivial service, debug, from nothing\n");
    println!(
        "| build side | crates compiled | seconds | to selfsame | of the processor | to selfsame |"
    );
    println!("|---|---|---|---|---|---|");
    let mut first = None;
    for (name, dependencies, script, main) in peers {
        let trivial = Trivial::new("trivial", &dependencies, &script, main);
        let before = processor_time();
        let (time, crates) = trivial.build(&[]);
        let seconds = time.as_secs_f64();
        let busy = processor_time().zip(before).map_or(f64::NAN, |(after, before)| after - before);
        let (base, base_busy) = *first.get_or_insert((seconds, busy));
        println!(
            "| {name} | {crates} | {seconds:.1} | {:.2} | {busy:.1} | {:.2} |",
            seconds / base,
            busy / base_busy
        );
    }
}

/// A package with 200 modules and 1.5 MB of source.
fn large(main: &str, profile: &str) -> Trivial {
    let dependencies =
        format!("[dependencies]\n{}\n[build-dependencies]\n{}{profile}", ours(""), build_side());
    let trivial = Trivial::new(
        "large",
        &dependencies,
        "fn main() { selfsame_build::Stamper::new().modules(\"src/modules\").emit(); }\n",
        &format!("mod modules;\n{main}"),
    );
    let mut list = String::new();
    for number in 0..200 {
        let _ = writeln!(list, "pub mod m{number};");
        let line = format!("/// Something of module {number}.\npub fn f() -> u32 {{ {number} }}\n");
        let mut text = String::new();
        while text.len() < 7_500 {
            text.push_str(&line.replace("f()", &format!("f{}()", text.len())));
        }
        trivial.repository.write(&format!("src/modules/m{number}.rs"), text);
    }
    trivial.repository.write("src/modules/mod.rs", list);
    trivial.repository.commit("Grow");
    trivial.build(&[]);
    trivial
}

const STAMPED: &str = "fn main() { let _ = selfsame::stamp!(); }\n";

/// The build script's own time on 200 modules and 1.5 MB of source.
fn script() {
    println!("\n## The build script on 200 modules, 1.5 MB of source\n");
    println!("| opt-level of build scripts | seconds (median of {ROUNDS}) |\n|---|---|");
    for (level, profile) in
        [("0, cargo's default", ""), ("3", "\n[profile.dev.build-override]\nopt-level = 3\n")]
    {
        let trivial = large(STAMPED, profile);
        let times = (0..ROUNDS).map(|_| timed(|| run_script(&trivial))).collect();
        println!("| {level} | {:.2} |", median(times));
    }
}

/// The packages of a workspace, and the bytes of source in each.
const PACKAGES: usize = 30;
const PACKAGE: usize = 170_000;

/// The build script's own time in a workspace of 30 packages and 5 MB, on each of which the service
/// depends.
fn workspace() {
    let mut dependencies = format!("[dependencies]\n{}", ours(""));
    for number in 1..PACKAGES {
        let _ = writeln!(dependencies, "p{number} = {{ path = \"crates/p{number}\" }}");
    }
    let service = "[workspace]\nmembers = [\"crates/*\"]\n\n[package]\nname = \"large\"\n\
                   version = \"0.1.0\"\nedition = \"2024\"\n\n";
    let manifest = format!("{service}{dependencies}\n[build-dependencies]\n{}", build_side());
    let packages = (1..PACKAGES).flat_map(|number| {
        let manifest =
            format!("[package]\nname = \"p{number}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        [
            (format!("crates/p{number}/Cargo.toml"), manifest),
            (format!("crates/p{number}/src/lib.rs"), text_of(PACKAGE)),
        ]
    });
    let mut files: Vec<(String, String)> = packages.collect();
    files.push(("Cargo.toml".to_owned(), manifest));
    files.push(("build.rs".to_owned(), "fn main() { selfsame_build::stamp(); }\n".to_owned()));
    files.push(("src/main.rs".to_owned(), STAMPED.to_owned()));
    let trivial = Trivial::of(&files);
    trivial.build(&[]);
    let times = (0..ROUNDS).map(|_| timed(|| run_script(&trivial))).collect();
    println!("\n## The build script in a workspace of {PACKAGES} packages, 5 MB of source\n");
    println!("{:.2} seconds (median of {ROUNDS}), as cargo builds scripts.", median(times));
}

/// Rust source of so many bytes.
fn text_of(length: usize) -> String {
    let mut text = String::new();
    while text.len() < length {
        let number = text.len();
        let _ = writeln!(text, "/// Something.\npub fn f{number}() -> u32 {{ 7 }}");
    }
    text
}

/// What `stamp!()` adds to the compilation of a crate, with its second look at 200 files.
fn guard() {
    println!("\n## `stamp!()` in a crate of 200 modules, 1.5 MB of source\n");
    println!("| | seconds of the processor for the crate (median of {ROUNDS}) |\n|---|---|");
    let mut times = Vec::new();
    let crates = [large("fn main() {}\n", ""), large(STAMPED, "")];
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (trivial, times) in crates.iter().zip(&mut rounds) {
            trivial.forget_the_crate();
            let before = processor_time().unwrap_or_default();
            let (_, compiled) = trivial.build(&[]);
            assert_eq!(compiled, 1, "the crate alone is compiled");
            let busy = processor_time().unwrap_or_default() - before;
            times.push(Duration::from_secs_f64(busy.max(0.0)));
        }
    }
    for (name, round) in ["without", "with"].into_iter().zip(rounds) {
        times.push(median(round));
        println!("| {name} | {:.2} |", times[times.len() - 1]);
    }
    println!("\n{:+.1} %.", (times[1] / times[0] - 1.0) * 100.0);
}

/// Runs the build script as cargo did.
fn run_script(trivial: &Trivial) {
    let scripts = trivial.target.join("debug/build");
    let program = std::fs::read_dir(&scripts)
        .expect("there are scripts")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("large-")))
        .map(|path| path.join("build-script-build"))
        .find(|path| path.is_file())
        .expect("ours is among them");
    let status = Command::new(program)
        .env_clear()
        .envs(clean_environment())
        .env("CARGO_MANIFEST_DIR", trivial.repository.path())
        .env("OUT_DIR", trivial.target.join("out"))
        .env("PROFILE", "debug")
        .env("TARGET", "x86_64-unknown-linux-gnu")
        .env("RUSTC", "rustc")
        .current_dir(trivial.repository.path())
        .stdout(Stdio::null())
        .status()
        .expect("it runs");
    assert!(status.success(), "the script failed");
}

/// The bytes that a stamp adds to a release binary, the text aside.
fn size() {
    let length = |path: &Path| path.metadata().expect("it was built").len();
    let dependencies =
        format!("[dependencies]\n{}\n[build-dependencies]\n{}", ours(""), build_side());
    let script = "fn main() { selfsame_build::stamp(); }\n";
    let trivial = Trivial::new("trivial", &dependencies, script, "fn main() {}\n");
    let bytes = || {
        trivial.build(&["--release"]);
        let binary = trivial.target.join("release/trivial");
        let text = std::fs::read(&binary).expect("it can be read");
        let mut scanner = selfsame::stamp::Scanner::new();
        scanner.push(&text);
        let stamps = scanner.finish().expect("it is whole");
        let json: usize = stamps.iter().map(|found| found.stamp.text().len() * found.copies).sum();
        (length(&binary), json)
    };
    let (without, _) = bytes();
    trivial.repository.write("src/main.rs", STAMPED);
    let (with, json) = bytes();
    println!("\n## Bytes added to a release binary\n");
    println!("| | bytes |\n|---|---|");
    println!("| without a stamp | {without} |");
    println!("| with a stamp that nothing reads | {with} |");
    println!("| of which JSON | {json} |");
    println!("| beside it | {} |", with.saturating_sub(without + json as u64));
}
