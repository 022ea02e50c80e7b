//! A write that is passed on to the leader is audited where it came in.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Method};
use kontiki_runtime::client::http::HttpClient;
use serde_json::{Value, json};

use super::masters::{LIMIT, Masters, call};

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";
const ADMISSION: &str = "/apis/admissionregistration.k8s.io/v1";
const POLICY: &str =
    "{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata, resources: [{group: '', resources: [configmaps]}]}]}";

/// The finished events about the ConfigMap `name` in what a master has printed.
fn events(log: &str, name: &str) -> Vec<Value> {
    let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events.filter(|event| event["stage"] == "ResponseComplete" && event["objectRef"]["name"] == name).collect()
}

/// Policies that note and refuse, the first of what changes an object.
async fn policies(http: &HttpClient) {
    let rules = json!({"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]});
    let mutating = json!({"matchConstraints": rules, "reinvocationPolicy": "Never", "mutations": [{"patchType": "ApplyConfiguration",
        "applyConfiguration": {"expression": "Object{data: {'by': request.userInfo.username}}"}}]});
    let validating = json!({"matchConstraints": rules, "validations": [{"expression": "object.metadata.name != 'refused'"}],
        "auditAnnotations": [{"key": "by", "valueExpression": "string(object.data.by)"}]});
    for (plural, name, spec) in [
        ("mutatingadmissionpolicies", "sign", mutating),
        ("mutatingadmissionpolicybindings", "sign", json!({"policyName": "sign"})),
        ("validatingadmissionpolicies", "note", validating),
        ("validatingadmissionpolicybindings", "note", json!({"policyName": "note", "validationActions": ["Deny"]})),
    ] {
        let body = json!({"metadata": {"name": name}, "spec": spec}).to_string();
        let answer = call(http, Method::POST, &format!("{ADMISSION}/{plural}"), &body).await;
        assert_eq!(answer.as_ref().map(|(code, _)| *code), Some(201), "{answer:?}");
    }
}

async fn create(http: &HttpClient, name: &str) -> u16 {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("impersonate-user", HeaderValue::from_static("carol"));
    headers.insert("impersonate-group", HeaderValue::from_static("system:masters"));
    let body = json!({"metadata": {"name": name}}).to_string();
    http.send(Method::POST, CONFIGMAPS, headers, body.into()).await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_through_a_follower_leaves_one_event_there_with_what_the_leader_noted() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    std::fs::write(&policy, POLICY).unwrap();
    let masters = Masters::three_with(&["--audit-policy-file", policy.to_str().unwrap(), "--audit-log-path", "-"]).await;
    let follower = (masters.leader().await + 1) % 3;
    let http = HttpClient::new(&masters.only(follower)).unwrap();
    policies(&http).await;
    assert_eq!(create(&http, "taken").await, 201);
    assert_eq!(create(&http, "refused").await, 422);
    for (name, code) in [("taken", 201), ("refused", 422)] {
        let start = Instant::now();
        let told = loop {
            let told: Vec<Vec<Value>> = (0..3).map(|at| events(&masters.log(at), name)).collect();
            if !told[follower].is_empty() {
                break told;
            }
            assert!(start.elapsed() < LIMIT, "{name}: no event: {}", masters.log(follower));
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(told.iter().map(Vec::len).sum::<usize>(), 1, "{told:?}");
        let event = &told[follower][0];
        assert_eq!((&event["verb"], &event["responseStatus"]["code"]), (&json!("create"), &json!(code)));
        assert_eq!(event["impersonatedUser"]["username"], "carol");
        assert_ne!(event["user"]["username"], "carol");
        assert_eq!(event["annotations"]["authorization.k8s.io/decision"], "allow");
        // The mutating policy came first: what it wrote is what the validating one notes.
        assert_eq!(event["annotations"]["note/by"], "carol", "{event}");
    }
}
