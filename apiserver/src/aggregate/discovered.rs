//! What another server says of itself.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, HeaderValue};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use kontiki_api::request::User;
use serde_json::Value;

use super::aggregator::identity;
use super::{ApiService, Part};
use crate::proxy::Destination;

/// Most bytes of a document that is kept.
const DOCUMENT: usize = 4 << 20;

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

/// Asks the server at `to` for the documents of `service`.
///
/// # Errors
/// Why it does not tell of its resources.
pub(super) async fn discover(service: &ApiService, to: &Destination) -> Result<Discovered, String> {
    let path = format!("/apis/{}", service.group_version());
    let (code, body) = get(to, &path).await?;
    if !code.is_success() {
        let (url, code) = (url(to, &path), code.as_u16());
        return Err(format!("failing or missing response from {url}: bad status from {url}: {code}"));
    }
    let resources = read(&body).get("resources").and_then(Value::as_array).cloned().unwrap_or_default();
    let index = document(to, "/openapi/v3").await;
    let entry = index.get("paths").and_then(|paths| paths.get(path.trim_start_matches('/'))).cloned();
    let document = document(to, "/openapi/v2").await;
    Ok(Discovered { resources, openapi: entry, openapi_v2: Arc::new(Part::of(&document, service)) })
}

/// The OpenAPI document at `path`, empty where there is none: servers without are served all the same.
async fn document(to: &Destination, path: &str) -> Value {
    match get(to, path).await {
        Ok((code, body)) if code.is_success() => read(&body),
        Ok(_) => Value::default(),
        Err(error) => {
            tracing::warn!(error, "an aggregated server's document is left out");
            Value::default()
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
