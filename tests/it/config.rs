//! Configuration that never reached the process, with real files.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{Method, StatusCode};
use selfsame::stamp::Digest;
use selfsame::{Drift, Handle, Level, SelfCheck, SelfCheckLayer};
use selfsame_core::environment::Environment;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{self, TOKEN, app, ask, facts, get_from};

const PATIENCE: Duration = Duration::from_secs(60);

/// A configuration in a directory of its own, and the check of a process that loads it.
struct Loaded {
    directory: TempDir,
}

impl Loaded {
    fn new(text: &str) -> Self {
        let directory = TempDir::with_prefix("config-").expect("a temporary directory");
        let loaded = Self { directory };
        loaded.replace(text);
        loaded
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("app.toml")
    }

    /// Puts another file there, as a deploy does.
    fn replace(&self, text: &str) {
        let new = self.directory.path().join(".new");
        fs::write(&new, text).expect("the file can be written");
        fs::rename(new, self.path()).expect("it can be renamed");
    }

    fn check(&self) -> SelfCheck {
        let check = support::check(facts()).look_every(Duration::from_millis(20));
        check.config("app", self.path())
    }
}

/// Waits until the condition is answered with this status.
async fn until(app: &Router, status: StatusCode) {
    let begun = Instant::now();
    loop {
        let answer = get_from(app, "/__build?config").await;
        if answer.status == status {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "it is {} and never {status}", answer.status);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_file_that_changed_after_it_was_loaded_is_drift_until_it_is_reloaded() {
    let loaded = Loaded::new("workers = 4");
    let check = loaded.check();
    let handle: Handle = check.handle();
    let app = app(check);
    until(&app, StatusCode::OK).await;

    loaded.replace("workers = 8");
    until(&app, StatusCode::CONFLICT).await;
    let summary = get_from(&app, "/__build").await.json();
    let counts = json!({"named": 1, "loaded": 0, "unknown": 0});
    assert_eq!(summary["counts"]["config"], counts, "{summary}");
    // The executable and the files are as the build left them.
    assert_eq!(summary["intact"], true);
    let full = ask(&app, Method::GET, "/__build", Some(TOKEN)).await.json();
    let config = &full["observed"]["config"][0];
    assert_eq!((&config["name"], &config["state"]), (&json!("app"), &json!("changed")), "{full}");
    assert_eq!(config["at"], json!(loaded.path()));
    let metrics = ask(&app, Method::GET, "/__build/metrics", Some(TOKEN)).await.text;
    for line in [
        "selfsame_config_loaded{name=\"app\"} 0\n",
        "selfsame_findings{code=\"config-not-loaded\",verdict=\"drift\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    let public = get_from(&app, "/__build/metrics").await.text;
    assert!(public.contains("code=\"config-not-loaded\"") && !public.contains("app"), "{public}");

    handle.reloaded("other");
    handle.reloaded("app");
    until(&app, StatusCode::OK).await;
    fs::remove_file(loaded.path()).expect("it is there");
    until(&app, StatusCode::CONFLICT).await;
}

#[tokio::test]
async fn what_is_not_named_or_cannot_be_read_is_not_same() {
    let app = app(support::check(facts()));
    let begun = Instant::now();
    while get_from(&app, "/__build?config").await.status == StatusCode::SERVICE_UNAVAILABLE {
        assert!(begun.elapsed() < PATIENCE, "it never looked");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let problem = ask(&app, Method::GET, "/__build?config", Some(TOKEN)).await;
    assert_eq!(problem.status, StatusCode::CONFLICT, "{}", problem.text);
    assert!(problem.text.contains("names no configuration"), "{}", problem.text);
    assert_eq!(get_from(&app, "/__build?config=app").await.status, StatusCode::BAD_REQUEST);

    // A directory with a link into nothing cannot be read as a whole.
    let loaded = Loaded::new("");
    std::os::unix::fs::symlink("nowhere", loaded.directory.path().join("link")).expect("a link");
    let check = support::check(facts()).config("all", loaded.directory.path());
    let app = support::app(check);
    until(&app, StatusCode::CONFLICT).await;
    let summary = get_from(&app, "/__build").await.json();
    assert_eq!(summary["counts"]["config"], json!({"named": 1, "loaded": 0, "unknown": 1}));
    let closed = support::check(facts()).config("app", loaded.path()).public(Level::Verify);
    let status = get_from(&support::app(closed), "/__build?config").await.status;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_layer_watches_configuration_as_the_router_does() {
    use tower::Layer as _;

    let loaded = Loaded::new("workers = 4");
    let service = SelfCheckLayer::new(loaded.check()).layer(Router::<()>::new());
    let app = Router::new().fallback_service(service);
    until(&app, StatusCode::OK).await;
    loaded.replace("workers = 8");
    until(&app, StatusCode::CONFLICT).await;
}

/// Somebody who has all that is public tries 10,000 values of a PIN and cannot tell which it is.
#[tokio::test]
async fn ten_thousand_guesses_confirm_nothing() {
    const PIN: &str = "4711";

    let loaded = Loaded::new(&format!("pin = {PIN}\n"));
    let environment: Environment = [("PIN", PIN)].into_iter().collect();
    // In the open: as in a debug build, everybody gets the full report.
    let check = loaded.check().environment(environment).config_vars(["PIN"]).public(Level::Full);
    let app = app(check.clone());
    until(&app, StatusCode::OK).await;
    let mut public = format!("{check:?}");
    for (target, accept) in [
        ("/__build", "application/json"),
        ("/__build", "text/html"),
        ("/__build?level=summary", "application/json"),
        ("/__build/metrics", "text/plain"),
        ("/__build?config&module=none", "application/json"),
    ] {
        let answer = support::ask_with(&app, Method::GET, target, [("accept", accept)]).await;
        public += &answer.text;
    }
    let report = get_from(&app, "/__build").await.json();
    assert_eq!(report["observed"]["variables"][0]["set"], true, "{report}");
    let keyed = |place: &str| {
        let keyed = report.pointer(place).and_then(|keyed| keyed.as_str());
        keyed.unwrap_or_else(|| panic!("no {place}: {report}")).to_owned()
    };
    let keyed = [keyed("/observed/config/0/keyed/0"), keyed("/observed/variables/0/keyed/0")];

    // Whatever an attacker can key with: nothing, and each text that is public.
    let words: BTreeSet<&str> =
        public.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 3).collect();
    let keys: Vec<Digest> = ["", "selfsame"]
        .into_iter()
        .chain(words)
        .take(40)
        .map(|key| Digest::of(key.as_bytes()))
        .collect();
    let confirms = |guess: &str, keys: &[Digest]| {
        let digests =
            [format!("pin = {guess}\n"), guess.to_owned()].map(|text| Digest::of(text.as_bytes()));
        digests.iter().any(|plain| {
            public.contains(&plain.to_string())
                || keys.iter().any(|key| keyed.contains(&hmac(key, plain)))
        })
    };
    assert!(!public.contains(PIN), "{public}");
    for guess in 0..10_000 {
        let guess = format!("{guess:04}");
        assert!(!confirms(&guess, &keys[..2]), "{guess} is confirmed");
    }
    assert!(!confirms(PIN, &keys), "a public text is the key");
    // Who has the token can compare, which shows that the attack could succeed.
    assert!(confirms(PIN, &[Digest::of(TOKEN.as_bytes())]));
}

fn hmac(key: &Digest, plain: &Digest) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};

    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).expect("any length");
    mac.update(plain.to_string().as_bytes());
    Digest::new(mac.finalize().into_bytes().into()).to_string()
}

#[tokio::test]
async fn what_was_replaced_is_called_back_once_and_a_touch_never() {
    let loaded = Loaded::new("workers = 4");
    let called: Arc<Mutex<Vec<Drift>>> = Arc::default();
    let calls = Arc::clone(&called);
    let check = loaded.check().on_drift(move |drift| {
        calls.lock().expect("no call panics").push(drift.clone());
    });
    let app = app(check);
    until(&app, StatusCode::OK).await;
    // The same bytes, under another time and in another file.
    fs::File::open(loaded.path())
        .expect("it is there")
        .set_modified(std::time::SystemTime::now())
        .expect("it can be set");
    loaded.replace("workers = 4");
    looks(&app, 2).await;
    assert_eq!(*called.lock().unwrap(), []);

    // A deploy that goes round in circles.
    let begun = Instant::now();
    let mut round = 0;
    while called.lock().unwrap().is_empty() {
        assert!(begun.elapsed() < PATIENCE, "it was never called");
        loaded.replace(&format!("workers = {}", 8 + round % 2));
        round += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    loaded.replace("workers = 16");
    looks(&app, 2).await;
    let called = called.lock().unwrap();
    let [drift] = &called[..] else { panic!("it is called once: {called:?}") };
    assert_eq!((drift.executable, &drift.config[..]), (false, &["app".to_owned()][..]));
}

/// Waits for so many further looks, as far as a clock of seconds tells them apart.
async fn looks(app: &Router, number: usize) {
    let at = async || {
        let full = ask(app, Method::GET, "/__build", Some(TOKEN)).await.json();
        full["observed"]["at"].as_str().unwrap_or_default().to_owned()
    };
    let begun = Instant::now();
    let mut seen = BTreeSet::from([at().await]);
    while seen.len() <= number {
        assert!(begun.elapsed() < PATIENCE, "it looks no more");
        tokio::time::sleep(Duration::from_millis(5)).await;
        seen.insert(at().await);
    }
}
