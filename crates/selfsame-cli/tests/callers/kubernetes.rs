//! What is applied to a cluster: the base is put together by kubectl, and the arguments of its Jobs are
//! those of the command. No cluster is asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use selfsame_testing::command;
use selfsame_testing::requirements::have;
use selfsame_testing::yaml;
use serde_json::Value;

use crate::process::{deployed, directory};
use crate::service::{self, NEW, OLD};

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - {name: api, image: 'api:1'}
";

/// Runs kubectl, which has to succeed. Returns the documents that it prints.
fn kubectl(directory: &Path, arguments: &[&str]) -> Vec<Value> {
    let mut kubectl = command::command("kubectl".as_ref(), directory);
    kubectl.env("HOME", directory).env("KUBECONFIG", "/dev/null");
    let outcome = command::run(&mut kubectl, arguments);
    assert_eq!(outcome.code, 0, "kubectl {arguments:?}: {}", outcome.err);
    yaml::parse(&outcome.out)
}

fn of_kind<'a>(documents: &'a [Value], kind: &str) -> &'a Value {
    documents.iter().find(|one| one["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

/// The exit code of a container of the base, which asks a service at this address for a commit.
fn run(container: &Value, values: &BTreeMap<&str, &str>, address: &str) -> (i32, String) {
    let arguments: Vec<String> =
        serde_json::from_value(container["args"].clone()).expect("a list of words");
    let named = container["env"].as_array().expect("there are variables");
    let filled = arguments.into_iter().map(|argument| {
        let mut argument = argument.replace("api-replicas:8080", address).replace("5m", "1s");
        for name in named.iter().filter_map(|variable| variable["name"].as_str()) {
            let value = values.get(name).copied().unwrap_or_default();
            argument = argument.replace(&format!("$({name})"), value);
        }
        assert!(!argument.contains("$("), "{argument} is not filled in");
        argument
    });
    let filled: Vec<String> = filled.collect();
    let mut selfsame = command::command(env!("CARGO_BIN_EXE_selfsame").as_ref(), Path::new("/"));
    let outcome = command::run(&mut selfsame, &filled);
    (outcome.code, outcome.out + &outcome.err)
}

#[test]
fn the_base_asks_every_pod_for_the_commit() {
    if !have("kubectl") {
        return;
    }
    let documents = kubectl(&deployed("kubernetes"), &["kustomize", "."]);
    let pod = |spec: &Value| {
        let spec = &spec["spec"]["template"]["spec"];
        assert_eq!(spec["automountServiceAccountToken"], false, "it needs no access");
        assert_eq!(spec["restartPolicy"], "Never");
        spec["containers"][0].clone()
    };
    let gate = pod(of_kind(&documents, "Job"));
    let schedule = pod(&of_kind(&documents, "CronJob")["spec"]["jobTemplate"]);
    // The name that is asked is that of the headless Service, and the values those of the map.
    let service = of_kind(&documents, "Service");
    assert_eq!(service["spec"]["clusterIP"], "None");
    let name = service["metadata"]["name"].as_str().expect("a name");
    let map = of_kind(&documents, "ConfigMap");
    for container in [&gate, &schedule] {
        assert_eq!(container["args"][1], format!("dns+http://{name}:8080"));
        for variable in container["env"].as_array().expect("there are variables") {
            let from = &variable["valueFrom"]["configMapKeyRef"];
            if from.is_object() {
                assert_eq!(from["name"], map["metadata"]["name"]);
                assert!(map["data"][from["key"].as_str().expect("a key")].is_string(), "{from}");
            }
        }
    }

    let serving = service::at("127.0.0.1:0".parse().expect("an address"), service::facts(NEW));
    let address = serving.address().to_string();
    for container in [&gate, &schedule] {
        for (commit, replicas, code) in [(NEW, "1", 0), (OLD, "1", 1), (NEW, "2", 2)] {
            let values = BTreeMap::from([("COMMIT", commit), ("REPLICAS", replicas)]);
            let (found, said) = run(container, &values, &address);
            assert_eq!(found, code, "{commit}, {replicas} replicas: {said}");
        }
        // Where the deploy set no commit, nothing is same.
        let unset = BTreeMap::from([("COMMIT", "unknown"), ("REPLICAS", "1")]);
        let (found, said) = run(container, &unset, &address);
        assert!([2, 64].contains(&found), "{found}: {said}");
    }
}

#[test]
fn the_probe_goes_into_a_deployment() {
    if !have("kubectl") {
        return;
    }
    let directory = directory();
    let file = directory.path().join("deployment.yaml");
    fs::write(&file, DEPLOYMENT).expect("it can be written");
    let patch = fs::read_to_string(deployed("kubernetes/probe.yaml")).expect("it is there");
    let patch = patch.replace("COMMIT", NEW);
    let arguments = ["patch", "--local", "-f", "deployment.yaml", "-o", "yaml", "-p", &patch];
    let patched = kubectl(directory.path(), &arguments);
    let container = &of_kind(&patched, "Deployment")["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "api:1", "it is the same container");
    assert!(container.get("livenessProbe").is_none());
    let asked = container["startupProbe"]["httpGet"]["path"].as_str().expect("a path");
    // As the kubelet asks.
    for (commit, status) in [(NEW, 200), (OLD, 409)] {
        let answer = crate::client::get(service::built_from(commit).address(), asked);
        assert_eq!(answer.expect("it answers").status, status);
    }
}
