//! What another server says of itself.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, HeaderValue};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use kontiki_api::request::User;
use serde_json::Value;
use tokio::time::timeout;

use super::aggregator::identity;
use super::{ApiService, Part};
use crate::proxy::Destination;

/// Most bytes of a document that is kept.
const DOCUMENT: usize = 4 << 20;
/// How long each may take.
const DOCUMENT_TIME: Duration = Duration::from_secs(10);

/// What the server behind an APIService says of its group and version.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Discovered {
    /// Its resources, as `APIResourceList` lists them.
    pub resources: Vec<Value>,
    /// Its entry in the index of `/openapi/v3`.
    pub openapi: Option<Value>,
    /// What its `/openapi/v2` says of the group and version.
    pub openapi_v2: Arc<Part>,
}

/// Asks the server at `to` for the resources of `service`.
///
/// # Errors
/// Why it does not tell of them.
pub(super) async fn resources(service: &ApiService, to: &Destination) -> Result<Vec<Value>, String> {
    let path = format!("/apis/{}", service.group_version());
    let (code, body) = get(to, &path).await?;
    if !code.is_success() {
        let (url, code) = (url(to, &path), code.as_u16());
        return Err(format!("failing or missing response from {url}: bad status from {url}: {code}"));
    }
    Ok(read(&body).get("resources").and_then(Value::as_array).cloned().unwrap_or_default())
}

/// What the server at `to`, which has told of these `resources`, says besides. What it does not tell in time is as it was `known`.
pub(super) async fn documents(
    service: &ApiService,
    to: &Destination,
    resources: Vec<Value>,
    known: Option<&Discovered>,
) -> Discovered {
    let place = format!("apis/{}", service.group_version());
    let (v3, v2) = tokio::join!(document(to, "/openapi/v3"), document(to, "/openapi/v2"));
    let openapi = match v3 {
        Some(index) => index.get("paths").and_then(|paths| paths.get(&place)).cloned(),
        None => known.and_then(|known| known.openapi.clone()),
    };
    let openapi_v2 = match v2 {
        Some(document) => Arc::new(Part::of(&document, service)),
        None => known.map(|known| Arc::clone(&known.openapi_v2)).unwrap_or_default(),
    };
    Discovered { resources, openapi, openapi_v2 }
}

/// The OpenAPI document at `path`, empty where there is none: servers without are served all the same. `None` where it did not come.
async fn document(to: &Destination, path: &str) -> Option<Value> {
    let late = |_| Err(format!("https://{}{path} did not come in time", to.authority()));
    match timeout(DOCUMENT_TIME, get(to, path)).await.unwrap_or_else(late) {
        Ok((code, body)) if code.is_success() => Some(read(&body)),
        Ok(_) => Some(Value::default()),
        Err(error) => {
            tracing::warn!(error, "an aggregated server's document is left out");
            None
        }
    }
}

fn read(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

fn url(to: &Destination, path: &str) -> String {
    format!("https://{}{path}", to.authority())
}

async fn get(to: &Destination, path: &str) -> Result<(StatusCode, Bytes), String> {
    let url = url(to, path);
    let failed = |why: &dyn std::fmt::Display| format!("failing or missing response from {url}: Get {url:?}: {why}");
    let mut request = Request::get(path).body(Empty::<Bytes>::new()).map_err(|error| failed(&error))?;
    let user = User { name: "system:kube-aggregator".into(), groups: vec!["system:masters".into()], ..User::default() };
    *request.headers_mut() = identity(&user);
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Ok(host) = to.authority().parse() {
        request.headers_mut().insert(HOST, host);
    }
    let response = to.send(request).await.map_err(|error| failed(&error))?;
    let code = response.status();
    let body = Limited::new(response.into_body(), DOCUMENT).collect().await.map_err(|error| failed(&error))?;
    Ok((code, body.to_bytes()))
}
