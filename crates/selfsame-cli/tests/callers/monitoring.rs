//! What people look at: the dashboard for Grafana, whose queries a real Prometheus answers, and the
//! message that a real Alertmanager sends to a chat.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::post;
use form_urlencoded::byte_serialize;
use selfsame::stamp::Declared;
use selfsame_testing::command;
use selfsame_testing::requirements::have;
use selfsame_testing::serving::Serving;
use serde_json::Value;

use crate::client::get;
use crate::process::{Process, deployed, directory, free_address, text};
use crate::prometheus::{Prometheus, Source};
use crate::service::{self, OLD};

fn dashboard() -> Value {
    let text = std::fs::read_to_string(deployed("grafana/selfsame.json")).expect("it is there");
    serde_json::from_str(&text).expect("it is JSON")
}

fn panels(dashboard: &Value) -> &[Value] {
    dashboard["panels"].as_array().expect("there are panels")
}

/// The queries of a dashboard, each with the title of its panel, as Grafana fills them in where all
/// jobs are chosen.
fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let title = |panel: &Value| panel["title"].as_str().expect("it has a title").to_owned();
    let of_panel = |panel: &Value| -> Vec<(String, String)> {
        let targets = panel["targets"].as_array().expect("it asks something").clone();
        let query = |target: Value| {
            let query = target["expr"].as_str().expect("a query").replace("$job", ".*");
            assert!(!query.contains('$'), "{query}");
            (title(panel), query)
        };
        targets.into_iter().map(query).collect()
    };
    panels(dashboard).iter().flat_map(of_panel).collect()
}

/// What Prometheus finds for a query: its series, or its error.
fn find(prometheus: SocketAddr, query: &str) -> Vec<Value> {
    let query: String = byte_serialize(query.as_bytes()).collect();
    let answer = get(prometheus, &format!("/api/v1/query?query={query}")).expect("it answers");
    // As long as it starts.
    if answer.status == 503 {
        return Vec::new();
    }
    let json: Value = serde_json::from_str(&answer.body).expect("it is JSON");
    assert_eq!(json["status"], "success", "{query}: {json}");
    json["data"]["result"].as_array().expect("a list").clone()
}

/// A chat, which keeps the messages that it gets.
struct Chat {
    messages: Arc<Mutex<Vec<Value>>>,
    server: Serving,
}

impl Chat {
    fn new() -> Self {
        let messages = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&messages);
        let keep = async move |body: String| {
            let message = serde_json::from_str(&body).expect("a message is JSON");
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(message);
            "ok"
        };
        let server = Serving::start(Router::new().route("/hook", post(keep)));
        Self { messages, server }
    }

    /// Titles and texts.
    fn messages(&self) -> BTreeSet<(String, String)> {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let sent = messages.iter().map(|message| &message["attachments"][0]);
        sent.map(|sent| (text(&sent["title"]), text(&sent["text"]))).collect()
    }
}

/// Alertmanager with the files that users copy, and times that a test can wait for.
fn alertmanager(directory: &Path, chat: &Chat) -> (SocketAddr, Process) {
    for name in ["alertmanager.yml", "selfsame.tmpl"] {
        let file = deployed("alertmanager").join(name);
        let file = std::fs::read_to_string(file).expect("it is there");
        let file = ["30s", "5m"].iter().fold(file, |file, slow| file.replace(slow, "300ms"));
        std::fs::write(directory.join(name), file).expect("it can be written");
    }
    let url = format!("{}/hook", chat.server.url());
    std::fs::write(directory.join("chat-url"), url).expect("it can be written");
    let address = free_address();
    let mut program = command::command("prometheus-alertmanager".as_ref(), directory);
    program
        .arg(format!("--config.file={}", text(&directory.join("alertmanager.yml"))))
        .arg(format!("--storage.path={}", text(&directory.join("alerts"))))
        .arg(format!("--web.listen-address={address}"))
        .arg("--cluster.listen-address=");
    (address, Process::start(&mut program, directory).listens(address))
}

#[test]
fn the_dashboard_shows_and_the_chat_names_what_differs() {
    let programs = ["prometheus", "prometheus-node-exporter", "prometheus-alertmanager"];
    if !programs.into_iter().all(have) {
        return;
    }
    let directory = directory();
    let source = Source::new(directory.path());
    let built = source.built();
    let expected = built.commit.as_ref().expect("there is a commit").to_string();
    let good = service::at(free_address(), built.clone());
    // It has another content, and a module that nothing compiles.
    let mut old = service::facts(OLD);
    let mut workflow = service::module("workflow");
    workflow.declared = Some(Declared::No("no `mod` line reaches it".to_owned()));
    old.modules.push(workflow);
    let stale = service::at(free_address(), old);
    let chat = Chat::new();
    let (alerts, _alertmanager) = alertmanager(directory.path(), &chat);
    let mut prometheus = Prometheus::start(directory.path(), &source, &[&good, &stale], &[alerts]);
    let address = prometheus.address;

    let queries = queries(&dashboard());
    assert!(queries.len() >= 10, "{queries:?}");
    for (panel, query) in &queries {
        let what = format!("{panel:?} has data: {query}");
        prometheus.process.until(&what, || !find(address, query).is_empty());
    }
    let one = |panel: &str| {
        let (_, query) = queries.iter().find(|(title, _)| title == panel).expect("a panel");
        find(address, query).remove(0)
    };
    assert_eq!(one("Not what source says")["value"][1], "1");
    assert_eq!(one("Builds at once")["value"][1], "2");
    assert_eq!(one("Replicas")["value"][1], "2");
    let named = one("Replicas that source does not say");
    assert_eq!(named["metric"]["instance"], stale.address().to_string());
    assert_eq!(named["metric"]["commit"], OLD);

    let at = stale.address();
    let short = |commit: &str| commit[..12].to_owned();
    let (new, old) = (short(&expected), short(OLD));
    let drift = (
        "drift: api (SelfsameNotExpected)".to_owned(),
        format!(
            "api: 1 replicas of api are not what source says\nexpected commit {new}\n\
             {at} runs commit {old}"
        ),
    );
    let missing = (
        "drift: api (SelfsameModuleMissing)".to_owned(),
        format!("api: only 1 replicas have the module workflow\n{at}, commit {old}, lacks it"),
    );
    let wanted = BTreeSet::from([drift, missing]);
    prometheus.process.until("the chat names what differs", || {
        let sent = chat.messages();
        wanted.iter().all(|message| {
            sent.iter().any(|(title, text)| *title == message.0 && text.trim() == message.1)
        })
    });
    // It is deployed to, and the chat is told so.
    drop(stale);
    let _recreated = service::at(at, built);
    prometheus.process.until("the chat learns of the end", || {
        chat.messages().iter().any(|(title, _)| title == "no more drift: api (SelfsameNotExpected)")
    });
    // What only repeats it was never sent.
    assert!(!chat.messages().iter().any(|(title, _)| title.contains("SelfsameSkew")));
}

#[test]
fn the_configuration_of_alertmanager_is_one() {
    if !have("amtool") {
        return;
    }
    let mut amtool = command::command("amtool".as_ref(), &deployed("alertmanager"));
    let outcome = command::run(&mut amtool, &["check-config", "alertmanager.yml"]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    assert!(outcome.out.contains("1 templates"), "{}", outcome.out);
}

#[test]
fn the_dashboard_holds_together() {
    let dashboard = dashboard();
    let variables: BTreeSet<&str> = dashboard["templating"]["list"]
        .as_array()
        .expect("there are variables")
        .iter()
        .map(|variable| variable["name"].as_str().expect("it has a name"))
        .collect();
    assert_eq!(variables, BTreeSet::from(["datasource", "job"]));
    let (mut ids, mut cells) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels(&dashboard) {
        assert!(ids.insert(panel["id"].as_u64()), "{panel}");
        assert!(panel["description"].as_str().is_some_and(|text| text.ends_with('.')), "{panel}");
        // Wherever the dashboard goes, its user chooses the source of data.
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        let place = |name: &str| panel["gridPos"][name].as_u64().expect("a number");
        assert!(place("x") + place("w") <= 24, "{panel}");
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(cells.insert((x, y)), "{panel} lies on another");
            }
        }
        let mut refs = BTreeSet::new();
        for target in panel["targets"].as_array().expect("it asks something") {
            assert!(refs.insert(target["refId"].as_str()), "{panel}");
        }
    }
}
