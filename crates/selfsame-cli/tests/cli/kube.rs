//! Pods, through the real kubectl, of an API server that is ours.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::fleet::Fleet;
use crate::replicas::answered;
use crate::run::{assert_cannot_tell, assert_says, finish, selfsame};
use crate::server::{Server, answer, json as ok};
use selfsame_testing::command::Outcome;
use selfsame_testing::requirements::have;

/// What an API server of version 1.20 answers to the discovery of resources, as far as it matters.
fn discovery(path: &str) -> Option<Value> {
    let resource = |name: &str, singular: &str, kind: &str| {
        json!({ "name": name, "singularName": singular, "namespaced": true, "kind": kind,
                "verbs": ["get", "list"] })
    };
    Some(match path {
        "/api" => json!({ "kind": "APIVersions", "versions": ["v1"] }),
        "/apis" => json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [{
            "name": "apps", "versions": [{ "groupVersion": "apps/v1", "version": "v1" }],
            "preferredVersion": { "groupVersion": "apps/v1", "version": "v1" } }] }),
        "/api/v1" => json!({ "kind": "APIResourceList", "groupVersion": "v1",
            "resources": [resource("pods", "pod", "Pod")] }),
        "/apis/apps/v1" => json!({ "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": "apps/v1",
            "resources": [resource("deployments", "deployment", "Deployment")] }),
        _ => return None,
    })
}

fn pod(name: &str, ends: bool, restarts: u64) -> Value {
    let mut pod = json!({ "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": name, "namespace": "shop" },
        "status": { "phase": "Running", "podIP": "10.0.0.1", "containerStatuses":
            [{ "name": "api", "imageID": "docker://sha256:0", "restartCount": restarts }] } });
    if ends {
        pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    }
    pod
}

/// An API server with a deployment of so many pods, and the check of it.
fn check(fleet: &Fleet, wanted: usize, stale: bool, arguments: &[&str]) -> Outcome {
    let reports = [fleet.current(1), if stale { fleet.stale(2) } else { fleet.current(2) }];
    let server = Server::deaf(move |request, stream| {
        let path = request.target.split('?').next().unwrap_or_default();
        let pods = "/api/v1/namespaces/shop/pods";
        let text = if let Some(found) = discovery(path) {
            ok(&found.to_string())
        } else if path == "/apis/apps/v1/namespaces/shop/deployments/api" {
            ok(&json!({ "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": { "name": "api", "namespace": "shop" },
                "spec": { "replicas": wanted, "selector": { "matchLabels": { "app": "api" } } } })
            .to_string())
        } else if path == pods && request.target.contains("labelSelector=app%3Dapi") {
            ok(&json!({ "apiVersion": "v1", "kind": "PodList",
                "metadata": { "resourceVersion": "1" },
                "items": [pod("api-1", false, 0), pod("api-2", false, 3), pod("api-0", true, 0)] })
            .to_string())
        } else if path.starts_with(&format!("{pods}/http:api-1:8080/proxy/__build")) {
            answered(&reports[0], &request.target)
        } else if path.starts_with(&format!("{pods}/http:api-2:8080/proxy/__build")) {
            answered(&reports[1], &request.target)
        } else {
            let status = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure",
                "reason": "NotFound", "code": 404, "message": format!("{path} not found") });
            answer("404 Not Found", &["Content-Type: application/json"], &status.to_string())
        };
        let _ = stream.write_all(text.as_bytes());
    });
    let config = fleet.project.beside("kubeconfig");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\nclusters:\n- name: test\n  cluster:\n    \
         server: {}\ncontexts:\n- name: test\n  context:\n    cluster: test\n    user: test\nusers:\n\
         - name: test\n  user: {{}}\n",
        server.url()
    );
    std::fs::write(&config, text).expect("it can be written");
    let home = fleet.project.beside("home");
    std::fs::create_dir_all(&home).expect("it can be made");
    let source = fleet.project.source();
    let mut command = selfsame();
    command.env("KUBECONFIG", &config).env("HOME", &home).env("TOKEN", "correct-horse-battery");
    let outcome = finish(command.args(["check", "--source", &source]).args(arguments));
    let leaks = |request: &crate::server::Request| {
        request.header("authorization").is_some_and(|value| value.contains("correct-horse"))
    };
    assert!(!server.requests().iter().any(leaks), "the API server got the token");
    outcome
}

#[test]
fn each_pod_of_a_deployment_is_asked_through_kubectl() {
    if !have("kubectl") {
        return;
    }
    let fleet = Fleet::new();
    let target = "kube://shop/deployment/api:8080";
    let outcome = check(&fleet, 2, false, &[target]);
    let words =
        ["2 of 2 are what source says", "replicas that end (api-0)", "api-2: it was restarted, 3"];
    assert_says("both", &outcome, 0, &words);
    let outcome = check(&fleet, 2, true, &["kube://test/shop/deployment/api:8080"]);
    assert_says("one stale", &outcome, 1, &["1 of 2", "api-2: ", "[commit-behind]"]);
    let outcome = check(&fleet, 3, false, &[target, "--token-env", "TOKEN"]);
    assert_cannot_tell("of three", &outcome, &["replicas-missing", "2 of 3"]);
    let outcome = check(&fleet, 2, false, &["kube://shop/deployment/web:8080"]);
    assert_cannot_tell("no such", &outcome, &["replicas-unlisted", "get deployment/web"]);
    let outcome = check(&fleet, 2, false, &["kube://none/shop/deployment/api:8080"]);
    assert_cannot_tell("no context", &outcome, &["replicas-unlisted", "--context none"]);
    for wrong in ["kube://shop/api:8080", "kube://shop/deployment/api", "kube://-x/deployment/a:1"]
    {
        assert_eq!(check(&fleet, 2, false, &[wrong]).code, 64, "{wrong}");
    }
}

#[test]
fn without_kubectl_the_reason_is_that_there_is_none() {
    let fleet = Fleet::new();
    let empty = fleet.project.beside("empty");
    std::fs::create_dir_all(&empty).expect("it can be made");
    for (target, program) in [
        ("kube://shop/deployment/api:8080", "kubectl"),
        ("compose://shop/api:8080", "docker"),
        ("docker://api:8080", "docker"),
    ] {
        let mut command = selfsame();
        command.env("PATH", &empty).args(["check", target, "--commit", &"1".repeat(40)]);
        let outcome = finish(&mut command);
        let words = ["replicas-unlisted", &format!("there is no `{program}` program on PATH")];
        assert_cannot_tell(target, &outcome, &words);
    }
}
