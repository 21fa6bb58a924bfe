//! A process and the directories that it was shipped with, with real files.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{Method, StatusCode};
use selfsame::SelfCheck;
use selfsame::report::{Report, ShippedIs, ShippedState};
use selfsame::stamp::{Shipped, Stamp};
use selfsame_core::environment::Environment;
use selfsame_source::Package;
use tempfile::TempDir;

use crate::support::{self, TOKEN, app, ask, facts, get_from};

const PATIENCE: Duration = Duration::from_secs(60);

fn write(directory: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("mkdir");
        fs::write(path, text).expect("the file can be written");
    }
}

/// A package with `dist`, and the same files where the process finds them.
struct Ship {
    directory: TempDir,
}

impl Ship {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = TempDir::with_prefix("shipped-").expect("a temporary directory");
        let ship = Self { directory };
        let package = [
            ("Cargo.toml", "[package]\nname = \"api\"\nversion = \"1.0.0\"\n"),
            ("src/main.rs", "fn main() {}\n"),
        ];
        write(&ship.path("package"), &package);
        write(&ship.path("package/dist"), files);
        write(&ship.path("app/dist"), files);
        ship
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// What the build stamps.
    fn stamped(&self) -> Shipped {
        let package = Package::open(&self.path("package")).expect("it is a package");
        let at = self.path("app/dist").to_str().expect("UTF-8").to_owned();
        let mut scope = selfsame_source::Scope::default();
        scope.ship(Path::new("dist"), Some(&at), None).expect("it is a path");
        let stamped = selfsame_source::shipped(&package, &scope.shipped);
        <[Shipped; 1]>::try_from(stamped).expect("one was asked for").into_iter().next().unwrap()
    }

    fn check(&self) -> SelfCheck {
        let mut facts = facts();
        facts.shipped = vec![self.stamped()];
        support::check(facts).look_every(Duration::from_millis(20))
    }

    fn app(&self) -> Router {
        app(self.check())
    }
}

async fn report(app: &Router) -> Report {
    let answer = ask(app, Method::GET, "/__build", Some(TOKEN)).await;
    Report::parse(answer.text.as_bytes()).expect("it is a report")
}

/// Waits until the process says this of its one directory.
async fn until(app: &Router, wanted: impl Fn(&ShippedState) -> bool) -> (ShippedState, Report) {
    let begun = Instant::now();
    loop {
        let report = report(app).await;
        if let Some([state]) = report.observed.as_ref().map(|observed| &observed.shipped[..])
            && wanted(state)
        {
            return (state.clone(), report);
        }
        assert!(begun.elapsed() < PATIENCE, "it never came to that: {:?}", report.observed);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const FILES: [(&str, &str); 3] =
    [("app.js", "js"), ("index.html", "html"), ("modules/workflow/index.js", "workflow")];

#[tokio::test(flavor = "multi_thread")]
async fn missing_changed_and_added_files_are_named() {
    let ship = Ship::new(&FILES);
    let app = ship.app();
    let (same, report) = until(&app, |state| state.state == ShippedIs::Same).await;
    assert_eq!((same.files, report.intact), (3, Some(true)));
    assert_eq!(get_from(&app, "/__build?intact").await.status, StatusCode::OK);

    let dist = ship.path("app/dist");
    fs::remove_dir_all(dist.join("modules/workflow")).expect("it can be deleted");
    // Of the same length: only a hash tells.
    write(&dist, &[("app.js", "JS"), ("old.js", "old"), (".hidden", "x"), ("__build", "stamp")]);
    let (state, report) =
        until(&app, |state| state.difference.iter().any(|d| d.added == ["old.js"])).await;
    assert_eq!(state.state, ShippedIs::Different);
    let difference = state.difference.expect("both sides are listed");
    assert_eq!(difference.missing, ["modules/workflow/index.js"]);
    assert_eq!(difference.changed, ["app.js"]);
    assert_eq!(report.intact, Some(false));

    let answer = get_from(&app, "/__build?intact").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.json()["failed"][0]["condition"], "intact");
    let summary = get_from(&app, "/__build").await;
    assert_eq!(summary.json()["intact"], false);
    for name in ["app.js", "old.js", "workflow", "dist"] {
        assert!(!summary.text.contains(name), "{name} in {}", summary.text);
    }

    fs::remove_dir_all(&dist).expect("it can be deleted");
    until(&app, |state| state.state == ShippedIs::Missing).await;
    write(&dist, &FILES);
    until(&app, |state| state.state == ShippedIs::Same).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_fifos_are_neither_followed_nor_opened() {
    let ship = Ship::new(&FILES);
    let dist = ship.path("app/dist");
    fs::remove_file(dist.join("app.js")).expect("it can be deleted");
    std::os::unix::fs::symlink("index.html", dist.join("app.js")).expect("a link");
    std::os::unix::fs::symlink("..", dist.join("loop")).expect("a link");
    let made = std::process::Command::new("mkfifo").arg(dist.join("fifo")).status();
    assert!(made.expect("mkfifo runs").success());
    let (state, _) = until(&ship.app(), |state| state.state == ShippedIs::Different).await;
    let difference = state.difference.expect("both sides are listed");
    assert_eq!(difference.missing, ["app.js"]);
    assert!(difference.added.is_empty() && difference.changed.is_empty(), "{difference:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_none_is_unknown_with_its_reason() {
    let ship = Ship::new(&FILES);
    fs::remove_dir_all(ship.path("app/dist")).expect("it can be deleted");
    fs::write(ship.path("app/dist"), "a file").expect("it can be written");
    let app = ship.app();
    let (state, report) = until(&app, |state| state.state == ShippedIs::Unknown).await;
    assert!(state.unknown.expect("a reason").contains("app/dist"));
    assert_eq!(report.intact, None);
    assert!(report.unknown["shipped"].contains("`dist`"), "{:?}", report.unknown);
    // Without a token the reason names nothing.
    let summary = get_from(&app, "/__build").await;
    assert_eq!(
        summary.json()["unknown"]["shipped"],
        "the process could not look at it; the full report has the reason"
    );
    assert!(!summary.text.contains("dist"), "{}", summary.text);
    assert_eq!(get_from(&app, "/__build?intact").await.status, StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_makes_the_directory_unknown() {
    use std::os::unix::fs::PermissionsExt as _;
    let ship = Ship::new(&FILES);
    let closed = ship.path("app/dist/app.js");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("the mode can be set");
    let readable = fs::File::open(&closed).is_ok();
    let state = until(&ship.app(), |_| true).await.0;
    // Root reads everything.
    let expected = if readable { ShippedIs::Same } else { ShippedIs::Unknown };
    assert_eq!(state.state, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_says_where_it_is() {
    let ship = Ship::new(&FILES);
    write(&ship.path("elsewhere"), &[("app.js", "js")]);
    let elsewhere = ship.path("elsewhere").to_str().expect("UTF-8").to_owned();
    let variables = [("SELFSAME_SHIPPED_DIST", elsewhere.as_str()), ("SELFSAME_TOKEN", TOKEN)];
    let environment: Environment = variables.into_iter().collect();
    let app = app(ship.check().environment(environment));
    let (state, _) = until(&app, |state| state.state == ShippedIs::Different).await;
    assert_eq!(state.at, elsewhere);
    assert_eq!(state.difference.expect("both sides are listed").missing.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stamp_file_speaks_where_the_build_did_not_have_the_directory() {
    let ship = Ship::new(&FILES);
    let known = ship.stamped();
    fs::remove_dir_all(ship.path("package/dist")).expect("it can be deleted");
    assert!(ship.stamped().unknown.expect("it is unknown").contains("was not there"));
    let app = ship.app();
    let (state, _) = until(&app, |state| state.state == ShippedIs::Unknown).await;
    assert!(state.unknown.expect("a reason").contains("selfsame stamp"));

    let mut beside = facts();
    beside.shipped = vec![known];
    let beside = Stamp::seal(beside).expect("the facts agree");
    fs::write(ship.path("app/dist.selfsame.json"), beside.text()).expect("it can be written");
    until(&app, |state| state.state == ShippedIs::Same).await;
    fs::write(ship.path("app/dist/app.js"), "other").expect("it can be written");
    let (state, _) = until(&app, |state| state.state == ShippedIs::Different).await;
    assert_eq!(state.difference.expect("both sides are listed").changed, ["app.js"]);

    for broken in ["", "{}", "{\"format\":1}", &beside.text()[..100]] {
        fs::write(ship.path("app/dist.selfsame.json"), broken).expect("it can be written");
        let (state, _) = until(&app, |state| state.state == ShippedIs::Unknown).await;
        assert!(state.unknown.expect("a reason").contains("dist.selfsame.json"));
        fs::write(ship.path("app/dist.selfsame.json"), beside.text()).expect("it can be written");
        until(&app, |state| state.state == ShippedIs::Different).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_files_keep_no_request_waiting() {
    let ship = Ship::new(&FILES);
    let dist = ship.path("app/dist");
    for directory in 0..100 {
        let directory = dist.join(directory.to_string());
        fs::create_dir(&directory).expect("mkdir");
        for file in 0..1000 {
            fs::File::create(directory.join(file.to_string())).expect("the file can be made");
        }
    }
    let app = ship.app();
    // Whatever it is about, it answers.
    let first = get_from(&app, "/__build").await;
    assert_eq!(first.status, StatusCode::OK);
    let asked = get_from(&app, "/__build?intact").await;
    if asked.status == StatusCode::SERVICE_UNAVAILABLE {
        assert_eq!(asked.header("retry-after"), "1");
        assert_eq!(first.json()["looking"], true);
    } else {
        assert_eq!(asked.status, StatusCode::CONFLICT);
    }
    let (state, _) = until(&app, |state| state.state == ShippedIs::Different).await;
    let why = state.unknown.expect("they were not hashed");
    assert!(why.contains("the build shipped 3 files"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_are_hashed_and_not_listed() {
    let names: Vec<String> = (0..=1_000).map(|file| file.to_string()).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let ship = Ship::new(&files);
    assert!(ship.stamped().list.is_empty() && ship.stamped().sha256.is_some());
    let app = ship.app();
    until(&app, |state| state.state == ShippedIs::Same).await;
    fs::write(ship.path("app/dist/0"), "y").expect("it can be written");
    let (state, _) = until(&app, |state| state.state == ShippedIs::Different).await;
    assert!(state.difference.is_none());
}

#[test]
fn a_list_reads_back_with_sha256sum() {
    let ship = Ship::new(&FILES);
    let list = ship.stamped().list.join("\n") + "\n";
    fs::write(ship.path("list"), list).expect("it can be written");
    let checked = std::process::Command::new("sha256sum")
        .args(["--check", "--strict", "../../list"])
        .current_dir(ship.path("app/dist"))
        .output()
        .expect("sha256sum runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn far_more_than_expected_is_drift_and_not_looked_through() {
    let ship = Ship::new(&FILES);
    let app = ship.app();
    until(&app, |state| state.state == ShippedIs::Same).await;
    let more = ship.path("app/dist/uploads");
    fs::create_dir(ship.path("uploads")).expect("mkdir");
    for number in 0..1_001 {
        let file = ship.path("uploads").join(number.to_string());
        fs::write(file, "").expect("the file can be written");
    }
    fs::rename(ship.path("uploads"), &more).expect("it can be moved");
    let (state, report) = until(&app, |state| state.state == ShippedIs::Different).await;
    assert_eq!((state.sha256, state.files, report.intact), (None, 0, Some(false)));
    let why = state.unknown.expect("there is a reason");
    assert!(why.contains("more than expected: the build shipped 3 files"), "{why}");

    // Nobody waits until it is hashed: it is longer than any disk here.
    fs::remove_dir_all(&more).expect("it can be deleted");
    until(&app, |state| state.state == ShippedIs::Same).await;
    let dump = fs::File::create(ship.path("core")).expect("it can be made");
    dump.set_len(1 << 40).expect("it has holes");
    fs::rename(ship.path("core"), ship.path("app/dist/core")).expect("it can be moved");
    let (state, _) = until(&app, |state| state.state == ShippedIs::Different).await;
    let why = state.unknown.expect("there is a reason");
    assert!(why.contains("more than expected"), "{why}");
    let page = ask_for_page(&app).await;
    assert!(page.contains("more than expected"), "{page}");
}

async fn ask_for_page(app: &Router) -> String {
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("accept", "text/html"), ("authorization", bearer.as_str())];
    support::ask_with(app, Method::GET, "/__build", headers).await.text
}
