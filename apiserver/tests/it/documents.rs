//! Documents that clients keep: their tags, their addresses, and for how long.

use http::{Method, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use crate::audit::send;
use crate::harness::{CONFIG_MAPS, server};
use crate::listening::Listening;

const APPS: &str = "/openapi/v3/apis/apps/v1";
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

async fn get(listening: &Listening, path: &str, headers: &[(&'static str, &str)]) -> Response<Incoming> {
    send(listening, Method::GET, path, headers).await
}

fn header<'a>(response: &'a Response<Incoming>, name: &str) -> Option<&'a str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

async fn text(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_document_that_is_asked_for_by_its_hash_may_be_kept_and_by_another_is_elsewhere() {
    let listening = Listening::plain(server()).await;
    let index: Value = serde_json::from_str(&text(get(&listening, "/openapi/v3", &[]).await).await).unwrap();
    let url = index["paths"]["apis/apps/v1"]["serverRelativeURL"].as_str().unwrap().to_owned();
    let (_, hash) = url.split_once("?hash=").unwrap();
    let tag = format!("\"{hash}\"");

    let named = get(&listening, &url, &[]).await;
    assert_eq!((named.status().as_u16(), header(&named, "etag")), (200, Some(tag.as_str())));
    assert_eq!(header(&named, "cache-control"), Some("public, immutable"));
    assert!(header(&named, "vary").unwrap().contains("Accept") && header(&named, "expires").unwrap().ends_with(" GMT"));
    let document: Value = serde_json::from_str(&text(named).await).unwrap();
    assert!(document["paths"]["/apis/apps/v1/deployments"].is_object());

    let bare = get(&listening, APPS, &[]).await;
    assert_eq!((header(&bare, "etag"), header(&bare, "cache-control")), (Some(tag.as_str()), Some("no-cache, private")));
    let known = get(&listening, APPS, &[("if-none-match", &tag)]).await;
    assert_eq!((known.status().as_u16(), header(&known, "etag")), (304, Some(tag.as_str())));
    let moved = get(&listening, &format!("{APPS}?hash=OLD"), &[]).await;
    assert_eq!((moved.status().as_u16(), header(&moved, "location")), (301, Some(url.as_str())));
    let protobuf = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";
    assert_eq!(get(&listening, APPS, &[("accept", protobuf)]).await.status(), 406);
    assert_eq!(get(&listening, &format!("{APPS}9?hash=OLD"), &[]).await.status(), 404);
}

#[tokio::test]
async fn discovery_comes_in_the_notation_asked_for_and_aggregated_may_be_kept() {
    let listening = Listening::plain(server()).await;
    for path in ["/api", "/apis", "/apis/apps", "/apis/apps/v1"] {
        let yaml = get(&listening, path, &[("accept", "application/yaml")]).await;
        assert_eq!(header(&yaml, "content-type"), Some("application/yaml"), "{path}");
        assert!(text(yaml).await.contains("\nkind: API") || path == "/api", "{path}");
    }
    let aggregated = get(&listening, "/apis", &[("accept", AGGREGATED)]).await;
    assert_eq!((header(&aggregated, "vary"), header(&aggregated, "cache-control")), (Some("Accept"), Some("public")));
    let told: Value = serde_json::from_str(&text(aggregated).await).unwrap();
    let names: Vec<&str> =
        told["items"].as_array().unwrap().iter().filter_map(|group| group["metadata"]["name"].as_str()).collect();
    assert_eq!(names[..3], ["apiregistration.k8s.io", "apps", "events.k8s.io"]);
}

#[tokio::test]
async fn what_a_table_includes_matters_to_tables_alone() {
    let listening = Listening::plain(server()).await;
    let path = format!("{CONFIG_MAPS}?includeObject=Some");
    assert_eq!(get(&listening, &path, &[]).await.status(), 200);
    let table = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")];
    assert_eq!(get(&listening, &path, &table).await.status(), 400);
}
