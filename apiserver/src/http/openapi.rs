//! `/openapi/v3`: the documents of rows.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, HeaderValue};
use http::{Request, Response};
use kontiki_api::openapi::{v3_document, v3_index};
use kontiki_api::status::Status;

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
pub(super) fn openapi<B>(server: &Server, rest: &[&str], request: &Request<B>) -> Result<Response<Body>, Status> {
    let kinds = server.kinds();
    let document = match rest {
        [] => {
            let mut index = v3_index(&kinds);
            merge_openapi_v3(&mut index, &ApiService::all(&*server.config.store), &server.aggregator);
            index
        }
        ["api", version] => v3_document(&kinds, "", version).ok_or_else(unknown)?,
        ["apis", group, version] => v3_document(&kinds, group, version).ok_or_else(unknown)?,
        _ => return Err(unknown()),
    };
    let mut response = tagged(Bytes::from(document.to_string()), JSON, request);
    if request.uri().query().is_some_and(|query| query.contains("hash=")) {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, immutable"));
    }
    Ok(response)
}
