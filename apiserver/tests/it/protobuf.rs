//! Writes as controller-runtime sends them: built-in kinds in protobuf, patches in JSON.

use kontiki_api::request::{Request, Verb};
use kontiki_api::status::Status;
use serde_json::{Value, json};

use crate::harness::{Caller, MERGE, PODS, request};
use crate::protobuf_encoder::Encoder;

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

async fn send(server: &Caller, verb: Verb, path: &str, object: &Value) -> Result<Value, Status> {
    let request = Request { content_type: PROTOBUF.into(), body: Encoder::new().body(object).into(), ..request(verb, path, "") };
    let answer = server.0.call(request).await?;
    Ok(serde_json::from_slice(&answer.to_json()).unwrap())
}

#[tokio::test]
async fn objects_are_made_changed_and_deleted_in_protobuf() {
    let server = Caller::new();
    let path = "/apis/apps/v1/namespaces/default/deployments";
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "c", "image": "i:1", "ports": [{"containerPort": 80}],
                "resources": {"limits": {"cpu": "500m"}}, "readinessProbe": {"httpGet": {"port": 80}}}]}}}});
    let made = send(&server, Verb::Create, path, &deployment).await.unwrap();
    assert_eq!((&made["spec"]["replicas"], &made["spec"]["revisionHistoryLimit"]), (&0.into(), &10.into()));
    let mut changed = made.clone();
    changed["spec"]["replicas"] = 3.into();
    let one = format!("{path}/web");
    let changed = send(&server, Verb::Update, &one, &changed).await.unwrap();
    assert_eq!((&changed["spec"]["replicas"], &changed["metadata"]["generation"]), (&3.into(), &2.into()));
    assert_eq!(changed["spec"]["template"], made["spec"]["template"]);
    let stale = send(&server, Verb::Update, &one, &made).await.unwrap_err();
    assert_eq!(stale.reason.code(), 409);
    let mut status = changed.clone();
    status["status"] = json!({"replicas": 3, "observedGeneration": 2});
    let status = send(&server, Verb::Update, &format!("{one}/status"), &status).await.unwrap();
    assert_eq!(status["status"]["observedGeneration"], 2);
    let scale = json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web"}, "spec": {"replicas": 5}});
    send(&server, Verb::Update, &format!("{one}/scale"), &scale).await.unwrap();
    let patched = server.patch(&one, MERGE, r#"{"metadata":{"labels":{"l":"1"}}}"#).await.unwrap();
    assert_eq!((&patched["spec"]["replicas"], &patched["metadata"]["labels"]["l"]), (&5.into(), &"1".into()));
    let uid = patched["metadata"]["uid"].clone();
    let options = |uid: Value| json!({"apiVersion": "apps/v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}});
    assert_eq!(send(&server, Verb::Delete, &one, &options("other".into())).await.unwrap_err().reason.code(), 409);
    send(&server, Verb::Delete, &one, &options(uid)).await.unwrap();
    assert_eq!(server.get(&one).await.unwrap_err().reason.code(), 404);
}

#[tokio::test]
async fn what_is_asked_of_a_pod_is_read_in_protobuf() {
    let server = Caller::new();
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "i"}], "terminationGracePeriodSeconds": 0}});
    send(&server, Verb::Create, PODS, &pod).await.unwrap();
    let binding =
        json!({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n"}});
    send(&server, Verb::Create, &format!("{PODS}/p/binding"), &binding).await.unwrap();
    assert_eq!(server.get(&format!("{PODS}/p")).await.unwrap()["spec"]["nodeName"], "n");
    let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"},
        "deleteOptions": {"gracePeriodSeconds": 0}});
    send(&server, Verb::Create, &format!("{PODS}/p/eviction"), &eviction).await.unwrap();
    assert_eq!(server.get(&format!("{PODS}/p")).await.unwrap_err().reason.code(), 404);
}

#[tokio::test]
async fn definitions_of_kinds_are_read_in_protobuf() {
    let server = Caller::new();
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
        "properties": {"n": {"type": "integer", "minimum": 0, "default": 7}, "m": {"type": "object", "additionalProperties": {"type": "string"}}}}}});
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "things.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}});
    let made = send(&server, Verb::Create, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &definition).await.unwrap();
    assert_eq!(made["spec"]["versions"][0]["schema"]["openAPIV3Schema"], schema);
}
