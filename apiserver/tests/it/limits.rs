//! Bounds of requests, seen by real clients.

use std::time::Duration;

use http::Method;
use kontiki_apiserver::flow;
use serde_json::json;
use tokio::process::Command;

use crate::audit::send;
use crate::harness::{CONFIG_MAPS, Caller, guarded, server};
use crate::kubectl::Kubectl;
use crate::listening::Listening;

/// The code that curl sees when it posts `bytes` bytes in the protocol `protocol`, and what else it says.
async fn posted(listening: &Listening, folder: &std::path::Path, protocol: &str, bytes: usize) -> String {
    let file = folder.join("body");
    std::fs::write(&file, vec![b' '; bytes]).unwrap();
    let output = Command::new("curl")
        .args(["-sS", "-k", protocol, "-o", "/dev/null", "-w", "%{http_code} %{http_version}", "--max-time", "30"])
        .args(["-H", "Content-Type: application/json", "--data-binary"])
        .arg(format!("@{}", file.display()))
        .arg(format!("https://{}{CONFIG_MAPS}", listening.address))
        .output()
        .await
        .expect("these tests need curl");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_a_413_in_every_protocol() {
    let folder = tempfile::tempdir().unwrap();
    let (listening, _) = Listening::tls(server(), folder.path()).await;
    for (protocol, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        for bytes in [(3 << 20) + 1, 32 << 20] {
            let told = posted(&listening, folder.path(), protocol, bytes).await;
            assert_eq!(told, format!("413 {version}"), "{bytes} bytes");
        }
        let told = posted(&listening, folder.path(), protocol, 3 << 20).await;
        assert_eq!(told, format!("400 {version}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_tell_the_flow_and_figures_tell_the_rest() {
    let kubectl = Kubectl::to(guarded().await).await;
    kubectl.ok("get flowschemas,prioritylevelconfigurations", "").await;
    kubectl.ok("get pods -A", "").await;
    let metrics = kubectl.ok("get --raw /metrics", "").await;
    for figure in [
        r#"apiserver_current_inflight_requests{request_kind="readOnly"}"#,
        r#"apiserver_flowcontrol_dispatched_requests_total{priority_level="global-default",flow_schema="global-default"}"#,
        r#"apiserver_flowcontrol_nominal_limit_seats{priority_level="node-high"} 98"#,
        r#"apiserver_request_total{verb="LIST",group="",version="v1",resource="pods""#,
        "\n# TYPE apiserver_request_total counter\n",
        r#"apiserver_request_duration_seconds_bucket{le="1",verb="LIST""#,
        r#"authorization_attempts_total{result="allowed"}"#,
        r#"kubernetes_build_info{major="1",minor="36",git_version="v1.36.0+kontiki""#,
        "\n# TYPE process_cpu_seconds_total counter\n",
    ] {
        assert!(metrics.contains(figure), "{figure}: {metrics}");
    }
}

/// A level without seats for carol alone, as objects of the cluster.
async fn starve(caller: &Caller) {
    let api = "/apis/flowcontrol.apiserver.k8s.io/v1";
    let level = json!({"metadata": {"name": "none"}, "spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 0,
        "borrowingLimitPercent": 0, "limitResponse": {"type": "Reject"}}}});
    caller.create(&format!("{api}/prioritylevelconfigurations"), &level.to_string()).await;
    let rule = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": true});
    let subjects = json!([{"kind": "User", "user": {"name": "carol"}}]);
    let schema = json!({"metadata": {"name": "none"}, "spec": {"priorityLevelConfiguration": {"name": "none"},
        "matchingPrecedence": 50, "rules": [{"subjects": subjects, "resourceRules": [rule]}]}});
    caller.create(&format!("{api}/flowschemas"), &schema.to_string()).await;
}

#[tokio::test]
async fn schemas_and_levels_of_the_user_count_and_who_finds_no_seat_is_told_to_come_again() {
    let caller = Caller(server());
    let listening = Listening::plain(caller.0.clone()).await;
    flow::follow(&caller.0, listening.stop.clone());
    starve(&caller).await;
    let ask = async |user: &str| send(&listening, Method::GET, "/api/v1/pods", &[("impersonate-user", user)]).await;
    let refused = async {
        loop {
            let response = ask("carol").await;
            if response.status().as_u16() == 429 {
                return response;
            }
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(30), refused).await.unwrap();
    assert_eq!(refused.headers()["retry-after"], "1");
    let figures = caller.0.metrics().text();
    let told = "apiserver_request_terminations_total{verb=\"LIST\",group=\"\",version=\"v1\",resource=\"pods\",";
    assert!(figures.lines().any(|line| line.starts_with(told) && line.contains("code=\"429\"")), "{figures}");
    let served = ask("dave").await;
    assert_eq!(served.status().as_u16(), 200);
}

#[tokio::test]
async fn a_flow_schema_tells_whether_its_priority_level_is_there() {
    let caller = Caller(server());
    let stop = tokio_util::sync::CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    flow::follow(&caller.0, stop);
    let root = "/apis/flowcontrol.apiserver.k8s.io/v1";
    let schema = json!({"metadata": {"name": "shop"}, "spec": {"priorityLevelConfiguration": {"name": "shop"}, "matchingPrecedence": 500}});
    caller.create(&format!("{root}/flowschemas"), &schema.to_string()).await;
    let cluster = crate::custom::Establishing::of(caller.0.clone());
    let dangling = |status: &'static str| move |found: &serde_json::Value| crate::custom::condition(found, "Dangling") == status;
    let path = format!("{root}/flowschemas/shop");
    let found = cluster.until(&path, dangling("True")).await;
    let message = found["status"]["conditions"][0]["message"].as_str().unwrap();
    assert_eq!(
        message,
        r#"This FlowSchema references the PriorityLevelConfiguration object named "shop" but there is no such object"#
    );
    let level = json!({"metadata": {"name": "shop"}, "spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 5, "limitResponse": {"type": "Reject"}}}});
    caller.create(&format!("{root}/prioritylevelconfigurations"), &level.to_string()).await;
    cluster.until(&path, dangling("False")).await;
    caller.call(kontiki_api::request::Verb::Delete, &format!("{root}/prioritylevelconfigurations/shop"), "").await.unwrap();
    cluster.until(&path, dangling("True")).await;
}
