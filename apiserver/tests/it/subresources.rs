//! status, scale, binding.

use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use serde_json::json;

use crate::harness::{Caller, DEPLOYMENTS, MERGE, PODS, STRATEGIC, deployment, pod};

#[tokio::test]
async fn a_status_write_takes_status_and_annotations_and_not_the_spec() {
    let server = Caller::new();
    let made = server.create(DEPLOYMENTS, &deployment("web")).await;
    assert_eq!(made["metadata"]["generation"], 1);
    let body = r#"{"metadata":{"labels":{"l":"1"},"annotations":{"a":"1"}},"spec":{"replicas":9},"status":{"replicas":2}}"#;
    let patched = server.patch(&format!("{DEPLOYMENTS}/web/status"), MERGE, body).await.unwrap();
    assert_eq!((&patched["spec"]["replicas"], &patched["status"]["replicas"]), (&json!(2), &json!(2)));
    let meta = &patched["metadata"];
    assert_eq!((meta.get("labels"), &meta["annotations"]["a"], &meta["generation"]), (None, &json!("1"), &json!(1)));
    let ignored = server.patch(&format!("{DEPLOYMENTS}/web"), MERGE, r#"{"status":{"replicas":7}}"#).await.unwrap();
    assert_eq!(ignored, patched);
    let counted = server.patch(&format!("{DEPLOYMENTS}/web"), MERGE, r#"{"spec":{"replicas":3}}"#).await.unwrap();
    assert_eq!(counted["metadata"]["generation"], 2);
}

#[tokio::test]
async fn what_a_status_write_takes_of_the_metadata_is_up_to_the_kind() {
    let server = Caller::new();
    server.create("/api/v1/nodes", r#"{"metadata":{"name":"n"}}"#).await;
    let flow =
        json!({"metadata": {"name": "n", "labels": {"k": "1"}}, "spec": {"priorityLevelConfiguration": {"name": "exempt"}}});
    let flows = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas";
    let before = server.create(flows, &flow.to_string()).await;
    server.create(PODS, &pod("n")).await;
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": "u"});
    let meta = json!({"labels": {"l": "1"}, "annotations": {"a": "1"}, "finalizers": ["x.io/f"], "ownerReferences": [owner]});
    let body = json!({"metadata": meta, "status": {"conditions": [{"type": "Dangling", "status": "True"}]}}).to_string();
    let patched = async |path: &str| server.patch(&format!("{path}/n/status"), MERGE, &body).await.unwrap()["metadata"].clone();
    let node = patched("/api/v1/nodes").await;
    let fields = ["labels", "annotations", "finalizers", "ownerReferences"];
    assert_eq!(fields.map(|field| &node[field]), fields.map(|field| &meta[field]));
    let pod = patched(PODS).await;
    assert_eq!((&pod["labels"]["l"], pod.get("ownerReferences")), (&json!("1"), None));
    let ranges = "/apis/networking.k8s.io/v1/servicecidrs";
    server.create(ranges, r#"{"metadata":{"name":"n"},"spec":{"cidrs":["10.9.0.0/24"]}}"#).await;
    let range = patched(ranges).await;
    assert_eq!(fields.map(|field| range.get(field)), [None; 4]);
    let flow = patched(flows).await;
    assert_eq!(fields.map(|field| flow.get(field)), fields.map(|field| before["metadata"].get(field)));
    let config = json!({"apiVersion": "flowcontrol.apiserver.k8s.io/v1", "kind": "FlowSchema", "metadata": {"name": "n", "labels": {"l": "1"}},
        "status": {"conditions": [{"type": "Dangling", "status": "False"}]}});
    let path = format!("{flows}/n/status?fieldManager=one&force=true");
    let applied = server.patch(&path, "application/apply-patch+yaml", &config.to_string()).await.unwrap();
    let entry = applied["metadata"]["managedFields"].as_array().unwrap().iter().find(|entry| entry["manager"] == "one").unwrap();
    assert!(entry["fieldsV1"].get("f:metadata").is_none() && entry["fieldsV1"].get("f:status").is_some(), "{entry}");
    assert_eq!(applied["metadata"]["labels"], json!({"k": "1"}));
}

#[tokio::test]
async fn a_pods_status_without_its_class_keeps_it() {
    let server = Caller::new();
    let made = server.create(PODS, &pod("a")).await;
    assert_eq!(made["status"]["qosClass"], "BestEffort");
    let mut failed = made.clone();
    failed["status"] = json!({"phase": "Failed", "podIP": "10.0.0.1"});
    let put = server.call(Verb::Update, &format!("{PODS}/a/status"), &failed.to_string()).await.unwrap();
    let status = json!({"phase": "Failed", "qosClass": "BestEffort", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]});
    assert_eq!(put["status"], status);
}

#[tokio::test]
async fn a_new_node_brings_its_status() {
    let server = Caller::new();
    let node = json!({"metadata": {"name": "n"}, "status": {"capacity": {"cpu": "2"}, "addresses": [{"type": "Hostname", "address": "n"}]}});
    let made = server.create("/api/v1/nodes", &node.to_string()).await;
    assert_eq!((&made["status"]["capacity"], &made["status"]["allocatable"]), (&json!({"cpu": "2"}), &json!({"cpu": "2"})));
    let body = json!({"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
        "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}, "status": {"replicas": 7}});
    let made = server.create(DEPLOYMENTS, &body.to_string()).await;
    assert!(made["status"].get("replicas").is_none_or(|count| count == 0), "{}", made["status"]);
}

#[tokio::test]
async fn an_autoscaler_is_the_same_in_both_versions() {
    let server = Caller::new();
    let first = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
    let second = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
    let metrics = json!([{"type": "Pods", "pods": {"metricName": "rps", "targetAverageValue": "5"}}]).to_string();
    let body = json!({
        "metadata": {"name": "h", "annotations": {"autoscaling.alpha.kubernetes.io/metrics": metrics, "note": "x"}},
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "targetCPUUtilizationPercentage": 70},
    });
    let made = server.create(first, &body.to_string()).await;
    assert_eq!(made["metadata"]["annotations"], body["metadata"]["annotations"]);
    let stored = server.get(&format!("{second}/h")).await.unwrap();
    assert_eq!(stored["metadata"]["annotations"], json!({"note": "x"}));
    assert_eq!(stored["spec"]["metrics"][0]["pods"]["metric"]["name"], "rps");
    assert_eq!(stored["spec"]["metrics"][1]["resource"]["target"], json!({"type": "Utilization", "averageUtilization": 70}));
}

#[tokio::test]
async fn scale_reads_and_sets_the_replicas() {
    let server = Caller::new();
    server.create(DEPLOYMENTS, &deployment("web")).await;
    let path = format!("{DEPLOYMENTS}/web/scale");
    let scale = server.get(&path).await.unwrap();
    assert_eq!(
        (&scale["kind"], &scale["spec"]["replicas"], &scale["status"]["selector"]),
        (&json!("Scale"), &json!(2), &json!("app=web"))
    );
    let put = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"replicas": 5}}).to_string();
    assert_eq!(server.call(Verb::Update, &path, &put).await.unwrap()["spec"]["replicas"], 5);
    let patched = server.patch(&path, STRATEGIC, r#"{"spec":{"replicas":4}}"#).await.unwrap();
    assert_eq!(patched["spec"]["replicas"], 4);
    assert_eq!(server.get(&format!("{DEPLOYMENTS}/web")).await.unwrap()["spec"]["replicas"], 4);
    let negative = server.patch(&path, MERGE, r#"{"spec":{"replicas":-1}}"#).await.unwrap_err();
    assert_eq!(negative.reason, Reason::Invalid);
}

#[tokio::test]
async fn a_pod_is_bound_once() {
    let server = Caller::new();
    server.create(PODS, &pod("a")).await;
    let binding = r#"{"apiVersion":"v1","kind":"Binding","metadata":{"name":"a"},"target":{"kind":"Node","name":"n1"}}"#;
    server.create(&format!("{PODS}/a/binding"), binding).await;
    let bound = server.get(&format!("{PODS}/a")).await.unwrap();
    assert_eq!(bound["spec"]["nodeName"], "n1");
    let conditions = bound["status"]["conditions"].as_array().unwrap();
    assert!(conditions.iter().any(|condition| condition["type"] == "PodScheduled" && condition["status"] == "True"));
    let again = server.call(Verb::Create, &format!("{PODS}/a/binding"), binding).await.unwrap_err();
    assert_eq!(again.reason, Reason::Conflict);
    server.create(PODS, &pod("b")).await;
    let legacy = r#"{"metadata":{"name":"b"},"target":{"kind":"Node","name":"n1"}}"#;
    server.create("/api/v1/namespaces/default/bindings", legacy).await;
    assert_eq!(server.get(&format!("{PODS}/b")).await.unwrap()["spec"]["nodeName"], "n1");
}

#[tokio::test]
async fn a_binding_brings_labels_and_annotations_and_ends_a_nomination() {
    let server = Caller::new();
    server.create(PODS, &pod("a")).await;
    let nominated = r#"{"status":{"nominatedNodeName":"n2"}}"#;
    assert_eq!(server.patch(&format!("{PODS}/a/status"), MERGE, nominated).await.unwrap()["status"]["nominatedNodeName"], "n2");
    let binding = r#"{"metadata":{"name":"a","annotations":{"x":"1"},"labels":{"l":"2"}},"target":{"kind":"Node","name":"n1"}}"#;
    server.create(&format!("{PODS}/a/binding"), binding).await;
    let bound = server.get(&format!("{PODS}/a")).await.unwrap();
    assert_eq!((&bound["metadata"]["annotations"]["x"], &bound["metadata"]["labels"]["l"]), (&json!("1"), &json!("2")));
    assert_eq!(bound["status"].get("nominatedNodeName"), None);
    let again = server.patch(&format!("{PODS}/a/status"), MERGE, nominated).await.unwrap_err();
    let why = "status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node";
    assert!(again.message.ends_with(why), "{}", again.message);
}

#[tokio::test]
async fn a_question_without_an_answerer_is_not_found() {
    let server = Caller::new();
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let refused = server.call(Verb::Create, path, r#"{"spec":{}}"#).await.unwrap_err();
    assert_eq!(refused.reason, Reason::NotFound);
}
