//! HTTP: codes, headers, forms.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, BodyStream, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kontiki_api::meta::Resource;
use kontiki_api::status::Status;
use kontiki_api::yaml::{Duplicates, read_one};
use kontiki_apiserver::Server;
use serde_json::{Value, json};

use crate::harness::{CONFIG_MAPS, Caller, DEPLOYMENTS, PODS, config, deployment, pod, server};
use crate::listening::Listening;

struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    listening: Listening,
}

impl Http {
    async fn new() -> Self {
        Self::over(Listening::plain(server()).await)
    }

    fn over(listening: Listening) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), listening }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Response<Incoming> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.listening.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.client.request(request.body(Full::from(body.to_owned())).unwrap()).await.unwrap()
    }

    async fn get(&self, path: &str, accept: &str) -> (u16, Value) {
        let response = self.send(Method::GET, path, &[("accept", accept)], "").await;
        let code = response.status().as_u16();
        (code, serde_json::from_slice(&bytes(response).await).unwrap())
    }

    async fn text(&self, path: &str) -> (u16, String) {
        let response = self.send(Method::GET, path, &[], "").await;
        let code = response.status().as_u16();
        (code, String::from_utf8(bytes(response).await.to_vec()).unwrap())
    }

    async fn code(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let response = self.send(method, path, headers, body).await;
        let code = response.status().as_u16();
        let status: Value = serde_json::from_slice(&bytes(response).await).unwrap();
        assert_eq!((&status["kind"], &status["code"]), (&"Status".into(), &code.into()));
        (code, status)
    }
}

async fn bytes(response: Response<Incoming>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

#[tokio::test]
async fn every_refusal_is_a_status_with_its_code() {
    let http = Http::new().await;
    assert_eq!(http.code(Method::GET, "/api/v1/nothings", &[], "").await.0, 404);
    let unrouted = http.send(Method::GET, "/nothing", &[], "").await;
    assert_eq!(
        (unrouted.status().as_u16(), &unrouted.headers()["content-type"]),
        (404, &"text/plain; charset=utf-8".parse().unwrap())
    );
    assert_eq!(bytes(unrouted).await, "404 page not found\n");
    assert_eq!(http.code(Method::DELETE, "/api/v1/pods", &[], "").await.0, 405);
    assert_eq!(http.code(Method::OPTIONS, "/api/v1/pods", &[], "").await.0, 405);
    assert_eq!(http.code(Method::GET, "/api/v1/pods", &[("accept", "text/html")], "").await.0, 406);
    let words = [("content-type", "text/words")];
    assert_eq!(http.code(Method::POST, CONFIG_MAPS, &words, "x").await.0, 415);
    assert_eq!(http.code(Method::POST, CONFIG_MAPS, &[], &"x".repeat(4 << 20)).await.0, 413);
    assert_eq!(http.code(Method::POST, CONFIG_MAPS, &[], "{").await.0, 400);
    assert_eq!(http.code(Method::POST, CONFIG_MAPS, &[], "{}").await.0, 422);
}

#[tokio::test]
async fn discovery_is_offered_plain_and_aggregated() {
    let http = Http::new().await;
    assert_eq!(http.get("/api", "").await.1["versions"][0], "v1");
    let (_, groups) = http.get("/apis", "application/json").await;
    assert!(groups["groups"].as_array().unwrap().iter().any(|group| group["preferredVersion"]["groupVersion"] == "apps/v1"));
    let (_, core) = http.get("/api/v1", "").await;
    let pods = core["resources"].as_array().unwrap().iter().find(|resource| resource["name"] == "pods").unwrap();
    assert_eq!((&pods["shortNames"][0], &pods["namespaced"]), (&"po".into(), &true.into()));
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let response = http.send(Method::GET, "/apis", &[("accept", accept)], "").await;
    assert!(response.headers()["content-type"].to_str().unwrap().contains("as=APIGroupDiscoveryList"));
    let tag = response.headers()["etag"].to_str().unwrap().to_owned();
    let document: Value = serde_json::from_slice(&bytes(response).await).unwrap();
    assert_eq!(document["items"][0]["versions"][0]["freshness"], "Current");
    let again = http.send(Method::GET, "/apis", &[("accept", accept), ("if-none-match", &tag)], "").await;
    assert_eq!(again.status(), 304);
    let (_, index) = http.get("/openapi/v3", "").await;
    let apps = index["paths"]["apis/apps/v1"]["serverRelativeURL"].as_str().unwrap();
    assert_eq!(http.get(apps, "").await.1["openapi"].as_str().map(|version| &version[..2]), Some("3."));
}

#[tokio::test]
async fn objects_come_in_the_form_asked_for() {
    let http = Http::new().await;
    let server = Caller(http.listening.server.clone());
    server.config_map("a", "1").await;
    let path = format!("{CONFIG_MAPS}/a");
    let (_, table) = http.get(CONFIG_MAPS, "application/json;as=Table;v=v1;g=meta.k8s.io,application/json").await;
    assert_eq!((&table["kind"], &table["rows"][0]["cells"][0]), (&"Table".into(), &"a".into()));
    assert_eq!(table["rows"][0]["object"]["metadata"]["name"], "a");
    for (query, accept) in [("", ""), ("?pretty=true", ""), ("", "application/yaml")] {
        let list = http.send(Method::GET, &format!("{CONFIG_MAPS}{query}"), &[("accept", accept)], "").await;
        let list: Value = read_one(&bytes(list).await, Duplicates::Refuse).unwrap();
        let types = |of: &Value| ["kind", "apiVersion"].map(|name| of[name].as_str().map(str::to_owned));
        let told = [["ConfigMapList", "v1"].map(|said| Some(said.to_owned())), [None, None]];
        assert_eq!([types(&list), types(&list["items"][0])], told, "{query}{accept}");
    }
    let (_, partial) = http.get(&path, "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io").await;
    assert_eq!((&partial["kind"], partial.get("data")), (&"PartialObjectMetadata".into(), None));
    assert!(partial["metadata"]["resourceVersion"].is_string());
    let (_, list) = http.get(CONFIG_MAPS, "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io").await;
    assert_eq!((&list["kind"], &list["items"][0]["metadata"]["name"]), (&"PartialObjectMetadataList".into(), &"a".into()));
    let yaml = http.send(Method::GET, &path, &[("accept", "application/yaml")], "").await;
    assert!(String::from_utf8_lossy(&bytes(yaml).await).contains("k: \"1\""));
    assert!(http.text(&format!("{path}?pretty=true")).await.1.contains("\n  \"kind\""));
    assert_eq!(http.get(&path, "").await.1, server.get(&path).await.unwrap());
}

#[tokio::test]
async fn a_large_list_is_streamed_and_compressed_on_demand() {
    let http = Http::new().await;
    let server = Caller(http.listening.server.clone());
    for at in 0..200 {
        server.config_map(&format!("c{at}"), &"x".repeat(2000)[..63]).await;
        let body = format!(r#"{{"metadata":{{"name":"d{at}"}},"data":{{"k":"{}"}}}}"#, "y".repeat(1000));
        server.create(CONFIG_MAPS, &body).await;
    }
    let plain = http.send(Method::GET, CONFIG_MAPS, &[], "").await;
    let length: usize = plain.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let plain = bytes(plain).await;
    assert_eq!(plain.len(), length);
    let list: Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 400);
    let small = http.send(Method::GET, CONFIG_MAPS, &[("accept-encoding", "gzip")], "").await;
    assert_eq!(small.headers()["content-encoding"], "gzip");
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&bytes(small).await[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
}

#[tokio::test]
async fn a_watch_streams_lines() {
    let http = Http::new().await;
    let server = Caller(http.listening.server.clone());
    server.config_map("a", "1").await;
    let response = http.send(Method::GET, &format!("{CONFIG_MAPS}?watch=true&resourceVersion=0"), &[], "").await;
    assert_eq!(response.status(), 200);
    let mut body = BodyStream::new(response.into_body());
    let mut next = async || {
        let frame = body.next().await.unwrap().unwrap().into_data().unwrap();
        serde_json::from_slice::<Value>(&frame).unwrap()
    };
    let first = next().await;
    assert_eq!((&first["type"], &first["object"]["metadata"]["name"]), (&"ADDED".into(), &"a".into()));
    assert!(first["object"]["metadata"]["resourceVersion"].is_string());
    server.config_map("b", "1").await;
    assert_eq!(next().await["object"]["metadata"]["name"], "b");
}

#[tokio::test]
async fn warnings_are_headers() {
    let http = Http::new().await;
    let response = http.send(Method::POST, CONFIG_MAPS, &[], r#"{"metadata":{"name":"a"},"bogus":1}"#).await;
    assert_eq!(response.status(), 201);
    assert!(response.headers()["warning"].to_str().unwrap().starts_with("299 - \"unknown field"));
    assert!(response.headers().contains_key("audit-id"));
    let response = http.send(Method::POST, CONFIG_MAPS, &[], r#"{"metadata":{"name":"b"},"bogus":1,"data":{"a b":"1"}}"#).await;
    assert_eq!(response.status(), 422);
    assert!(response.headers()["warning"].to_str().unwrap().starts_with("299 - \"unknown field"));
}

#[tokio::test]
async fn health_version_and_metrics_answer() {
    let mut config = config();
    config.checks = vec![std::sync::Arc::new(kontiki_apiserver::health::FnCheck::new("engine", || Err("asleep".into())))];
    let http = Http::over(Listening::plain(kontiki_apiserver::Server::new(config)).await);
    assert_eq!(http.text("/livez/ping").await, (200, "ok".into()));
    let (code, text) = http.text("/readyz").await;
    assert!(code == 500 && text.contains("[-]engine failed: reason withheld") && text.contains("etcd-readiness"), "{text}");
    assert_eq!(http.text("/readyz/engine").await, (500, "internal server error: asleep\n".into()));
    assert_eq!(http.text("/readyz/etcd-readiness").await, (200, "ok".into()));
    assert_eq!(http.text("/livez/etcd-readiness").await.0, 404);
    let hooks = ["poststarthook/start-system-namespaces-controller", "poststarthook/rbac/bootstrap-roles"];
    for name in hooks {
        assert_eq!(http.text(&format!("/readyz/{name}")).await.0, 500);
    }
    let made = http.send(Method::POST, "/api/v1/namespaces", &[], r#"{"metadata":{"name":"default"}}"#).await;
    assert_eq!(made.status(), 201);
    for name in hooks {
        assert_eq!(http.text(&format!("/readyz/{name}")).await, (200, "ok".into()));
    }
    assert_eq!(http.text("/readyz?exclude=engine").await.0, 200);
    assert_eq!(http.get("/version", "").await.1["minor"], "36");
    http.get("/api/v1/pods", "").await;
    let map = r#"{"metadata":{"name":"m"}}"#;
    http.send(Method::POST, "/api/v1/namespaces/default/configmaps?dryRun=All", &[], map).await;
    let (_, metrics) = http.text("/metrics").await;
    assert!(metrics.contains(r#"apiserver_request_total{verb="LIST""#), "{metrics}");
    let dry = r#"verb="POST",group="",version="v1",resource="configmaps",subresource="",scope="resource",component="apiserver",dry_run="All""#;
    assert!(metrics.contains(&format!("apiserver_request_total{{{dry}")), "{metrics}");
    assert!(metrics.contains(&format!("apiserver_request_duration_seconds_count{{{dry}")), "{metrics}");
    let wanted =
        [("", "text/plain; version=0.0.4"), ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text")];
    for (accept, media) in wanted {
        let answer = http.send(Method::GET, "/metrics", &[("accept", accept)], "").await;
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(media), "{accept}");
    }
}

#[tokio::test]
async fn what_is_not_served_is_counted_under_one_name() {
    let http = Http::new().await;
    for path in ["/apis/strange.example.com/v7/oddities", "/api/v1/oddities/x", "/api/v1/nodes/x/oddities"] {
        assert_eq!(http.send(Method::GET, path, &[], "").await.status(), 404, "{path}");
    }
    let (_, metrics) = http.text("/metrics").await;
    assert!(metrics.contains(r#"apiserver_request_total{verb="GET",group="",version="",resource="""#), "{metrics}");
    assert!(!metrics.contains("oddities") && !metrics.contains("strange"), "{metrics}");
}

#[tokio::test]
async fn a_server_that_stops_ends_its_watches_first() {
    let http = Http::new().await;
    let response = http.send(Method::GET, &format!("{CONFIG_MAPS}?watch=true"), &[], "").await;
    http.listening.stop.cancel();
    let rest = tokio::time::timeout(std::time::Duration::from_secs(4), bytes(response)).await;
    assert!(rest.expect("the watch ends before the server cuts it off").is_empty());
}

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";
const PARTIAL: &str = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";

#[tokio::test]
async fn a_scale_has_columns_of_its_own() {
    let http = Http::new().await;
    let server = Caller(http.listening.server.clone());
    server.create(DEPLOYMENTS, &deployment("web")).await;
    let path = format!("{DEPLOYMENTS}/web/scale");
    let (code, table) = http.get(&path, TABLE).await;
    let texts = |name: &str| -> Vec<String> {
        let columns = table["columnDefinitions"].as_array().unwrap();
        columns.iter().map(|column| column[name].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((code, texts("name")), (200, ["Name", "Desired", "Available", "Age"].map(String::from).to_vec()));
    assert_eq!(texts("type"), ["string", "integer", "integer", "string"]);
    let cells = table["rows"][0]["cells"].as_array().unwrap();
    assert_eq!(cells[..3], [json!("web"), json!(2), json!(0)]);
    let (code, partial) = http.get(&path, PARTIAL).await;
    assert_eq!((code, &partial["kind"], &partial["metadata"]["name"]), (200, &json!("PartialObjectMetadata"), &json!("web")));
    assert!(partial.get("spec").is_none());
}

#[tokio::test]
async fn the_row_of_a_pod_that_is_over_says_so() {
    let http = Http::new().await;
    let server = Caller(http.listening.server.clone());
    for (name, phase) in [("a", "Succeeded"), ("b", "Failed"), ("c", "Running")] {
        server.create(PODS, &pod(name)).await;
        let status = json!({"status": {"phase": phase}}).to_string();
        server.patch(&format!("{PODS}/{name}/status"), crate::harness::MERGE, &status).await.unwrap();
    }
    let over =
        |reason: &str, message: &str| json!([{"type": "Completed", "status": "True", "reason": reason, "message": message}]);
    let (_, table) = http.get(PODS, TABLE).await;
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(rows[0]["conditions"], over("Succeeded", "The pod has completed successfully."));
    assert_eq!((&rows[1]["conditions"], rows[2].get("conditions")), (&over("Failed", "The pod failed."), None));
    let (_, table) = http.get(&format!("{PODS}/b"), TABLE).await;
    assert_eq!(table["rows"][0]["conditions"], rows[1]["conditions"]);
}

#[tokio::test]
async fn a_dry_run_is_answered_in_the_form_asked_for() {
    let http = Http::new().await;
    let server = Caller(http.listening.server.clone());
    server.create(DEPLOYMENTS, &deployment("web")).await;
    let made = format!("{DEPLOYMENTS}?dryRun=All");
    let patched = format!("{DEPLOYMENTS}/web?dryRun=All");
    let scaled = format!("{DEPLOYMENTS}/web/scale?dryRun=All");
    let merge = ("content-type", crate::harness::MERGE);
    let change = r#"{"spec":{"replicas":7}}"#;
    for (method, path, kind, body, code, desired) in [
        (Method::POST, &made, ("content-type", "application/json"), deployment("new").as_str(), 201, json!("0/2")),
        (Method::PATCH, &patched, merge, change, 200, json!("0/7")),
        (Method::PATCH, &scaled, merge, change, 200, json!(7)),
    ] {
        let send = async |accept| {
            let response = http.send(method.clone(), path, &[("accept", accept), kind], body).await;
            assert_eq!(response.status(), code, "{method} {path}");
            serde_json::from_slice::<Value>(&bytes(response).await).unwrap()
        };
        let table = send(TABLE).await;
        assert_eq!((&table["kind"], &table["rows"][0]["cells"][1]), (&json!("Table"), &desired), "{path}");
        let partial = send(PARTIAL).await;
        assert_eq!((&partial["kind"], partial.get("spec")), (&json!("PartialObjectMetadata"), None), "{path}");
    }
}

struct Echo;

#[async_trait::async_trait]
impl kontiki_apiserver::virtuals::Virtual for Echo {
    async fn create(&self, question: kontiki_apiserver::virtuals::Question<'_>) -> Result<Value, Status> {
        Ok(question.body)
    }
}

#[tokio::test]
async fn what_is_only_asked_has_no_table() {
    let mut config = config();
    let resource = Resource::from("selfsubjectreviews.authentication.k8s.io");
    config.virtuals.insert((resource, "".into()), Arc::new(Echo));
    let http = Http::over(Listening::plain(Server::new(config)).await);
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    assert_eq!(http.code(Method::POST, path, &[("accept", TABLE)], "{}").await.0, 406);
    let accept = format!("{TABLE},application/json");
    let response = http.send(Method::POST, path, &[("accept", &accept)], "{}").await;
    assert_eq!(response.status(), 201);
    let answer: Value = serde_json::from_slice(&bytes(response).await).unwrap();
    assert_eq!(answer["kind"], "SelfSubjectReview");
}

#[tokio::test]
async fn the_older_version_of_tables_and_metadata_is_served() {
    const BETA: &str = "meta.k8s.io/v1beta1";
    let http = Http::new().await;
    Caller(http.listening.server.clone()).config_map("a", "1").await;
    let (_, table) = http.get(CONFIG_MAPS, "application/json;as=Table;v=v1beta1;g=meta.k8s.io").await;
    assert_eq!((&table["apiVersion"], &table["rows"][0]["object"]["apiVersion"]), (&json!(BETA), &json!(BETA)));
    let (_, list) = http.get(CONFIG_MAPS, "application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io").await;
    assert_eq!((&list["apiVersion"], &list["items"][0]["apiVersion"]), (&json!(BETA), &json!(BETA)));
    let one = format!("{CONFIG_MAPS}/a");
    let (_, partial) = http.get(&one, "application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io").await;
    assert_eq!(partial["apiVersion"], BETA);
}

#[tokio::test]
async fn yaml_has_the_warnings_and_the_form_asked_for() {
    let http = Http::new().await;
    let yaml = ("accept", "application/yaml");
    let made = http.send(Method::POST, CONFIG_MAPS, &[yaml], r#"{"metadata":{"name":"a"},"bogus":1}"#).await;
    assert_eq!((made.status().as_u16(), &made.headers()["content-type"]), (201, &"application/yaml".parse().unwrap()));
    assert!(made.headers()["warning"].to_str().unwrap().starts_with("299 - \"unknown field"));
    let table = http.send(Method::GET, CONFIG_MAPS, &[("accept", "application/yaml;as=Table;v=v1;g=meta.k8s.io")], "").await;
    assert!(String::from_utf8_lossy(&bytes(table).await).contains("kind: Table"));
    assert_eq!(http.get(CONFIG_MAPS, "application/yaml;q=0.1,application/json").await.1["kind"], "ConfigMapList");
}

#[tokio::test]
async fn a_timeout_that_is_none_is_refused_whatever_is_asked_unless_it_lasts() {
    let http = Http::new().await;
    for (method, path) in
        [(Method::GET, "/version"), (Method::GET, "/apis"), (Method::GET, "/none"), (Method::DELETE, CONFIG_MAPS)]
    {
        let (code, status) = http.code(method, &format!("{path}?timeout=5"), &[], "").await;
        let wanted = "invalid timeout specified in the request URL - time: missing unit in duration \"5\"";
        assert_eq!((code, &status["message"]), (400, &wanted.into()), "{path}");
    }
    let watch = http.send(Method::GET, &format!("{CONFIG_MAPS}?watch=true&timeout=5"), &[], "").await;
    assert_eq!(watch.status(), 200);
    assert_eq!(http.text("/version?timeout=5s").await.0, 200);
}

#[tokio::test]
async fn large_bodies_wait_for_room_and_small_ones_do_not() {
    let mut config = config();
    config.limits.bodies_bytes = 1 << 20;
    config.limits.timeout = std::time::Duration::from_secs(2);
    let http = Http::over(Listening::plain(Server::new(config)).await);
    let config_map = |name: &str, bytes: usize| json!({"metadata": {"name": name}, "data": {"a": "x".repeat(bytes)}}).to_string();
    let large = http.send(Method::POST, CONFIG_MAPS, &[], &config_map("large", 300 << 10)).await;
    assert_eq!(large.status().as_u16(), 429, "a quarter for each user");
    assert_eq!(large.headers()["retry-after"], "1");
    for (name, bytes) in [("small", 10 << 10), ("medium", 200 << 10), ("again", 200 << 10)] {
        assert_eq!(http.send(Method::POST, CONFIG_MAPS, &[], &config_map(name, bytes)).await.status(), 201, "{name}");
    }
}
