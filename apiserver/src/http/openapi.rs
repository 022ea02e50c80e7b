//! `/openapi/v3`: the documents of rows.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, HeaderValue};
use http::{Request, Response};
use kontiki_api::kind::Kinds;
use kontiki_api::openapi::{v3_document, v3_index};
use kontiki_api::status::{Reason, Status};

use super::Body;
use super::discovery::tagged;
use crate::aggregate::{ApiService, merge_openapi_v3};
use crate::route::unknown;
use crate::server::Server;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The index, or the document of one group and version: `rest` is what follows `/openapi/v3`.
///
/// # Errors
/// 404 where nothing is served there.
pub(super) async fn openapi(server: &Server, rest: &[&str], request: &Request<()>) -> Result<Response<Body>, Status> {
    let kinds = server.kinds();
    let document = match rest {
        [] => {
            let mut index = v3_index(&kinds);
            merge_openapi_v3(&mut index, &ApiService::all(&*server.config.store), &server.aggregator);
            Bytes::from(index.to_string())
        }
        ["api", version] => of_version(kinds, "", version).await?,
        ["apis", group, version] => of_version(kinds, group, version).await?,
        _ => return Err(unknown()),
    };
    let mut response = tagged(document, JSON, request);
    if request.uri().query().is_some_and(|query| query.contains("hash=")) {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, immutable"));
    }
    Ok(response)
}

/// The text of the document of one group and version, made where it keeps nobody waiting.
async fn of_version(kinds: Arc<Kinds>, group: &str, version: &str) -> Result<Bytes, Status> {
    let (group, version) = (group.to_owned(), version.to_owned());
    let make = move || v3_document(&kinds, &group, &version).map(|document| Bytes::from(document.to_string()));
    let made = tokio::task::spawn_blocking(make).await;
    made.map_err(|error| Status::new(Reason::InternalError, error.to_string()))?.ok_or_else(unknown)
}
