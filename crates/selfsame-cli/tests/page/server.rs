//! Services on real sockets, in every state that the page has words for.

use axum::Router;
use axum::routing::{any, get};
use selfsame::stamp::{
    Declared, Digest, Embedded, Facts, Module, Origin, PackageContent, Revision, Shipped, Stamp,
    Tree, frame,
};
use selfsame::{Level, RouterExt as _, SelfCheck};
use selfsame_core::environment::Environment;
use tempfile::TempDir;

use selfsame_testing::serving::Serving;
use selfsame_testing::shipped;

pub(crate) const TOKEN: &str = "correct-horse-battery";
pub(crate) const COMMIT: &str = "1f0c2d3e4b5a69788796a5b4c3d2e1f001234567";

/// A running service. It ends when it is dropped.
pub(crate) struct Server {
    serving: Serving,
    _files: TempDir,
}

impl Server {
    /// Starts a service with these facts, which find their shipped files in the directory that is
    /// given to them.
    pub(crate) fn start(level: Level, facts: impl FnOnce(&TempDir) -> Facts) -> Self {
        let files = TempDir::with_prefix("page-").expect("a temporary directory");
        let stamp = Stamp::seal(facts(&files)).expect("the facts agree");
        let framed: &'static [u8] = frame(&stamp).leak();
        let check = SelfCheck::new(Embedded::new(framed))
            .environment(Environment::default())
            .token(TOKEN)
            .public(level);
        let server = Self { serving: Serving::start(router().selfsame(check)), _files: files };
        server.await_the_first_look();
        server
    }

    pub(crate) fn url(&self, target: &str) -> String {
        format!("{}{target}", self.serving.url())
    }

    pub(crate) fn url_with_token(&self, target: &str) -> String {
        format!("http://anybody:{TOKEN}@{}{target}", self.serving.address())
    }

    /// The full report as a page, with what differs from process to process replaced by words.
    pub(crate) fn lasting_html(&self) -> String {
        let ask = |form: &str| {
            let request = ureq::get(self.url("/__build"))
                .header("authorization", bearer())
                .header("accept", form);
            request.call().expect("it answers").body_mut().read_to_string().expect("a report")
        };
        let report: serde_json::Value =
            serde_json::from_str(&ask("application/json")).expect("a report");
        let mut html = ask("text/html");
        for (pointer, word) in
            [("/instance", "INSTANCE"), ("/started_at", "STARTED"), ("/observed/at", "LOOKED")]
        {
            let value = report.pointer(pointer).and_then(|value| value.as_str());
            let value = value.unwrap_or_else(|| panic!("no {pointer}: {report}"));
            let readable = value.replacen('T', " ", 1).replace('Z', " UTC");
            html = html.replace(value, word).replace(&readable, word);
        }
        html
    }

    fn await_the_first_look(&self) {
        use std::time::{Duration, Instant};

        let begun = Instant::now();
        let ask = || {
            let request = ureq::get(self.url("/__build")).header("authorization", bearer());
            request.call().expect("it answers").body_mut().read_to_string().expect("a report")
        };
        while !ask().contains("\"observed\"") {
            assert!(begun.elapsed() < Duration::from_secs(60), "it never looked at itself");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn bearer() -> String {
    format!("Bearer {TOKEN}")
}

fn router() -> Router {
    let handler = || async { "hello" };
    let one = get(handler).put(handler).delete(handler);
    Router::new()
        .route("/", get(handler))
        .route("/healthz", get(handler))
        .route("/api/v1/customers", get(handler).post(handler))
        .route("/api/v1/customers/{id}", one.clone())
        .route("/api/v1/invoices", get(handler).post(handler))
        .route("/api/v1/invoices/{id}", one.clone())
        .route("/api/v1/invoices/{id}/payments", get(handler).post(handler))
        .route("/api/v1/workflows", get(handler).post(handler))
        .route("/api/v1/workflows/{id}", one)
        .route("/api/v1/workflows/{id}/steps/{step}", get(handler))
        .route("/hooks/{*rest}", any(handler))
        .nest_service("/assets", Router::<()>::new().route("/app.js", get(handler)))
}

/// A process as it should be.
pub(crate) fn well(files: &TempDir) -> Facts {
    let mut facts = Facts::new("backoffice-api", "1.4.0");
    facts.commit = Some(COMMIT.parse().expect("it is a commit"));
    facts.revision = Revision::new(Origin::Git, Tree::Clean);
    facts.content = Some(Digest::of(b"content"));
    facts.modules = ["billing", "customers", "workflow"]
        .map(|name| {
            let sha256 = Digest::of(name.as_bytes());
            let mut module = Module::new(name, format!("src/modules/{name}"), sha256);
            module.files = 4;
            module.bytes = 12_345;
            module.declared = Some(Declared::Yes);
            module
        })
        .into();
    let package =
        |name: &str, path: &str| PackageContent::new(name, path, Digest::of(name.as_bytes()));
    facts.packages = vec![package("backoffice-api", "."), package("http-kit", "../http-kit")];
    facts.build.profile = Some("release".to_owned());
    facts.build.target = Some("x86_64-unknown-linux-gnu".to_owned());
    facts.build.rustc = Some("1.95.0".to_owned());
    facts.build.features = vec!["default".to_owned(), "metrics".to_owned()];
    facts.build.rustflags = vec!["-Ctarget-cpu=native".to_owned()];
    facts.build.opt_level = Some("3".to_owned());
    facts.build.debug_assertions = Some(false);
    facts.info.branch = Some("main".to_owned());
    facts.info.committed_at = Some("2026-11-20T16:42:10Z".to_owned());
    facts.shipped = vec![ship(files, "dist", &SHIPPED, &SHIPPED)];
    facts
}

const SHIPPED: [(&str, &str); 3] =
    [("app.js", "js"), ("index.html", "html"), ("modules/workflow/index.js", "workflow")];

/// Writes what is found, and returns the stamp of what was built.
fn ship(files: &TempDir, name: &str, built: &[(&str, &str)], found: &[(&str, &str)]) -> Shipped {
    let at = files.path().join(name);
    shipped::found(&at, found);
    shipped::built(name, &at, built)
}

/// A module that was never compiled in, and a volume that hides the front end.
pub(crate) fn incident(files: &TempDir) -> Facts {
    let mut facts = well(files);
    facts.modules[2].declared =
        Some(Declared::No("no `mod workflow;` reaches it from `src/main.rs`".to_owned()));
    "/app/dist".clone_into(&mut facts.shipped[0].at);
    facts
}

/// A process with much that is wrong, and something of each kind to know.
pub(crate) fn wrong(files: &TempDir) -> Facts {
    let mut facts = well(files);
    facts.revision.tree = Tree::Dirty;
    facts.info.changed = vec!["M src/modules/billing/invoice.rs".to_owned()];
    facts.modules[1].declared =
        Some(Declared::Unknown("the macro `modules!` may declare it".to_owned()));
    facts.modules[2].declared =
        Some(Declared::No("no `mod workflow;` reaches it from `src/main.rs`".to_owned()));
    let mounted = selfsame::routes::of(&router());
    let mounted = mounted.list().expect("the router can be read").to_string();
    let list = mounted.replace("GET /healthz\n", "")
        + "GET /api/v1/workflows/steps/definitions\nPOST /api/v1/exports\n";
    facts.routes = Some(list.parse().expect("it is a list"));
    facts.scope.routes = Some("src/routes.txt".to_owned());
    let found = [("app.js", "JS"), ("index.html", "html"), ("old.js", "old")];
    let nowhere =
        Shipped::unknown("templates", "templates", "/nowhere/templates", "not built here");
    facts.shipped = vec![ship(files, "dist-2", &SHIPPED, &found), nowhere];
    facts
}

/// A name that is markup, in each place where a name can stand.
pub(crate) const HOSTILE: &str = "<script>document.title='x'</script><img src=x onerror=alert(1)>";

pub(crate) fn hostile(files: &TempDir) -> Facts {
    let mut facts = wrong(files);
    facts.commit = None;
    facts.revision = Revision::new(Origin::Unknown, Tree::Unknown);
    for fact in ["commit", "tree"] {
        facts.unknown(fact, HOSTILE);
    }
    HOSTILE.clone_into(&mut facts.version);
    facts.info.branch = Some(HOSTILE.to_owned());
    facts.info.changed = vec![HOSTILE.to_owned()];
    facts.build.rustc = Some(HOSTILE.to_owned());
    HOSTILE.clone_into(&mut facts.packages[0].path);
    for (place, module) in facts.modules.iter_mut().enumerate() {
        module.name = format!("{HOSTILE}{place}");
        HOSTILE.clone_into(&mut module.path);
        module.declared = Some(Declared::No(HOSTILE.to_owned()));
    }
    let file = HOSTILE.replace('/', "_");
    let mut shipped = ship(files, "dist-3", &[(&file, "js")], &[("app.js", "js")]);
    HOSTILE.clone_into(&mut shipped.name);
    facts.shipped = vec![shipped];
    facts
}
