//! Versions that a webhook converts.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kontiki_api::request::Verb;
use kontiki_api::time::Time;
use kontiki_apiserver::pki::{Pki, server_config};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::custom::{DEFINITIONS, Establishing, TABS, crontabs, tab};
use crate::harness::{MERGE, guarded};

const APPLY: &str = "application/apply-patch+yaml";

/// A webhook that keeps `spec.hostPort` of v1 as `spec.host` and `spec.port` in v2.
struct Converter {
    config: Value,
    calls: Arc<AtomicUsize>,
}

fn convert(mut review: Value) -> Value {
    let wanted = review["request"]["desiredAPIVersion"].clone();
    let mut objects = review["request"]["objects"].take();
    for object in objects.as_array_mut().unwrap() {
        object["apiVersion"] = wanted.clone();
        let spec = object["spec"].clone();
        if spec["host"] == "evil" {
            object["metadata"]["name"] = "other".into();
        }
        object["metadata"]["labels"] = json!({"converted": "yes"});
        object["metadata"]["generation"] = 77.into();
        object["spec"] = match spec["hostPort"].as_str().and_then(|both| both.split_once(':')) {
            Some((host, port)) => json!({"host": host, "port": port}),
            None => json!({"hostPort": format!("{}:{}", spec["host"].as_str().unwrap(), spec["port"].as_str().unwrap())}),
        };
    }
    json!({"apiVersion": review["apiVersion"], "kind": "ConversionReview",
        "response": {"uid": review["request"]["uid"], "result": {"status": "Success"}, "convertedObjects": objects}})
}

async fn answer(calls: Arc<AtomicUsize>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    calls.fetch_add(1, Ordering::SeqCst);
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let review: Value = serde_json::from_slice(&body).unwrap();
    Ok(Response::new(Full::new(Bytes::from(convert(review).to_string()))))
}

async fn converter() -> Converter {
    let folder = tempfile::tempdir().unwrap();
    let now = Time::from_micros(jiff::Timestamp::now().as_microsecond());
    let pki = Pki::open(folder.path(), now).unwrap();
    let tls = TlsAcceptor::from(server_config(&pki.serving("webhook", &["localhost".into()], now).unwrap()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (tls, counted) = (tls.clone(), Arc::clone(&counted));
            tokio::spawn(async move {
                let Ok(stream) = tls.accept(tcp).await else { return };
                let service = service_fn(move |request| answer(Arc::clone(&counted), request));
                let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    let bundle = base64::engine::general_purpose::STANDARD.encode(pki.authority());
    Converter { config: json!({"url": format!("https://localhost:{port}/convert"), "caBundle": bundle}), calls }
}

fn definition(config: &Value) -> Value {
    let schema = |fields: &[&str]| {
        let fields: serde_json::Map<_, _> = fields.iter().map(|name| (name.to_string(), json!({"type": "string"}))).collect();
        json!({"type": "object", "properties": {"spec": {"type": "object", "properties": fields}}})
    };
    let mut definition = crontabs(schema(&["hostPort"]));
    definition["spec"]["versions"].as_array_mut().unwrap().push(json!({"name": "v2", "served": true, "storage": false,
        "schema": {"openAPIV3Schema": schema(&["host", "port"])}}));
    definition["spec"]["conversion"] =
        json!({"strategy": "Webhook", "webhook": {"clientConfig": config, "conversionReviewVersions": ["v1"]}});
    definition
}

#[tokio::test]
async fn a_webhook_converts_whole_lists_in_one_call() {
    let converter = converter().await;
    let cluster = Establishing::new();
    let caller = &cluster.caller;
    cluster.define(&definition(&converter.config)).await;
    for name in ["a", "b"] {
        caller.create(TABS, &tab(name, json!({"hostPort": "h:80"}))).await;
    }
    assert_eq!(converter.calls.load(Ordering::SeqCst), 0, "the stored version needs no conversion");
    let newer = TABS.replace("/v1/", "/v2/");
    let list = caller.call(Verb::List, &newer, "").await.unwrap();
    assert_eq!(converter.calls.load(Ordering::SeqCst), 1);
    let item = &list["items"][1];
    assert_eq!((&item["apiVersion"], &item["spec"]), (&json!("stable.example.com/v2"), &json!({"host": "h", "port": "80"})));
    assert_eq!((&item["metadata"]["labels"]["converted"], &item["metadata"]["generation"]), (&json!("yes"), &json!(1)));
    let changed = caller.patch(&format!("{newer}/a"), MERGE, r#"{"spec":{"port":"81"}}"#).await.unwrap();
    assert_eq!(changed["spec"], json!({"host": "h", "port": "81"}));
    let stored = caller.get(&format!("{TABS}/a")).await.unwrap();
    assert_eq!((&stored["spec"]["hostPort"], &stored["metadata"]["generation"]), (&json!("h:81"), &json!(2)));
    let made = tab("c", json!({"host": "x", "port": "1"})).replace("/v1", "/v2");
    assert_eq!(caller.create(&newer, &made).await["spec"]["host"], "x");
    assert_eq!(caller.get(&format!("{TABS}/c")).await.unwrap()["spec"]["hostPort"], "x:1");
}

#[tokio::test]
async fn managers_of_other_versions_lose_what_is_the_same_field_there() {
    let converter = converter().await;
    let cluster = Establishing::new();
    let caller = &cluster.caller;
    cluster.define(&definition(&converter.config)).await;
    let newer = TABS.replace("/v1/", "/v2/");
    let older = tab("a", json!({"hostPort": "h:80"}));
    caller.patch(&format!("{TABS}/a?fieldManager=old"), APPLY, &older).await.unwrap();
    let config = tab("a", json!({"port": "81"})).replace("/v1", "/v2");
    let refused = caller.patch(&format!("{newer}/a?fieldManager=new"), APPLY, &config).await.unwrap_err();
    assert_eq!(refused.details.causes[0].field, ".spec.hostPort", "{refused:?}");
    assert!(refused.message.contains("conflict with \"old\": .spec.hostPort"), "{}", refused.message);
    let forced = caller.patch(&format!("{newer}/a?fieldManager=new&force=true"), APPLY, &config).await.unwrap();
    assert_eq!(forced["spec"], json!({"host": "h", "port": "81"}));
    let owners = |object: &Value| {
        let entries = object["metadata"]["managedFields"].as_array().unwrap().iter();
        let names: Vec<String> =
            entries.map(|entry| format!("{}: {}", entry["manager"].as_str().unwrap(), entry["fieldsV1"])).collect();
        names.join(", ")
    };
    assert!(!owners(&forced).contains("hostPort"), "{}", owners(&forced));
    // An update in the older version takes the field from who owns it in the newer one.
    let updated = caller.patch(&format!("{TABS}/a?fieldManager=third"), MERGE, r#"{"spec":{"hostPort":"h:82"}}"#).await.unwrap();
    assert!(owners(&updated).contains("third: ") && !owners(&updated).contains("f:port"), "{}", owners(&updated));
}

#[tokio::test]
async fn a_webhook_that_fails_is_told_in_upstreams_words() {
    let converter = converter().await;
    let cluster = Establishing::new();
    let caller = &cluster.caller;
    cluster.define(&definition(&converter.config)).await;
    let newer = TABS.replace("/v1/", "/v2/");
    let evil = tab("c", json!({"host": "evil", "port": "1"})).replace("/v1", "/v2");
    let refused = caller.call(Verb::Create, &newer, &evil).await.unwrap_err();
    let subject = "conversion webhook for stable.example.com/v2, Kind=CronTab";
    let why = format!("{subject} returned invalid object: must have the same name: c != other");
    assert_eq!(refused.message, why);
    caller.create(TABS, &tab("a", json!({"hostPort": "h:80"}))).await;
    let gone = json!({"spec": {"conversion": {"webhook": {"clientConfig": {"url": "https://localhost:1/x"}}}}});
    caller.patch(&format!("{DEFINITIONS}/crontabs.stable.example.com"), MERGE, &gone.to_string()).await.unwrap();
    let refused = caller.get(&format!("{newer}/a")).await.unwrap_err();
    let start = "conversion webhook for stable.example.com/v1, Kind=CronTab failed: Post \"https://localhost:1/x?timeout=30s\": ";
    assert!(refused.message.starts_with(start) && refused.reason.code() == 500, "{}", refused.message);
    assert_eq!(caller.get(&format!("{TABS}/a")).await.unwrap()["spec"]["hostPort"], "h:80");
}

#[tokio::test]
async fn a_policy_changes_a_custom_object_in_the_version_that_its_rules_name() {
    let converter = converter().await;
    let cluster = Establishing::of(guarded().await);
    let caller = &cluster.caller;
    cluster.define(&definition(&converter.config)).await;
    let rule =
        json!({"apiGroups": ["stable.example.com"], "apiVersions": ["v2"], "operations": ["CREATE"], "resources": ["crontabs"]});
    let mutation = json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression":
        "Object{spec: Object.spec{port: object.spec.port + '1'}}"}});
    let path = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies";
    let spec = json!({"matchConstraints": {"resourceRules": [rule]}, "mutations": [mutation],
        "failurePolicy": "Fail", "reinvocationPolicy": "Never"});
    caller.create(path, &json!({"metadata": {"name": "p"}, "spec": spec}).to_string()).await;
    let binding = json!({"metadata": {"name": "b"}, "spec": {"policyName": "p"}});
    caller.create("/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings", &binding.to_string()).await;
    let made = caller.create(TABS, &tab("a", json!({"hostPort": "h:8"}))).await;
    assert_eq!((&made["apiVersion"], &made["spec"]), (&json!("stable.example.com/v1"), &json!({"hostPort": "h:81"})));
}
