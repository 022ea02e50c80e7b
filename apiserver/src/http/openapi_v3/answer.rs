//! The answers of `/openapi/v3`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, ETAG, EXPIRES, HeaderValue, LOCATION, VARY};
use http::{Request, Response, StatusCode};
use kontiki_api::kind::Kinds;
use kontiki_api::openapi::{v3_hash, v3_index, v3_url};
use kontiki_api::request::param;
use kontiki_api::status::{Reason, Status};

use crate::aggregate::{ApiService, merge_openapi_v3};
use crate::http::Body;
use crate::http::discovery::tagged;
use crate::http::packed::{is_known, packed};
use crate::http::query::parse_query;
use crate::server::Server;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// What is asked for by its hash never changes; upstream's longest time.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The index, or the document of one group and version: `rest` is what follows `/openapi/v3`.
///
/// # Errors
/// 404 where nothing is served there, 406 where no JSON is accepted.
pub(in crate::http) async fn openapi_v3(server: &Server, rest: &[&str], request: &Request<()>) -> Result<Response<Body>, Status> {
    let kinds = server.kinds();
    match rest {
        [] => {
            let mut index = v3_index(&kinds);
            merge_openapi_v3(&mut index, &kinds, &ApiService::all(&*server.config.store), &server.aggregator);
            Ok(tagged(Bytes::from(index.to_string()), JSON, request))
        }
        ["api", version] => document(server, &kinds, "", version, request).await,
        ["apis", group, version] => document(server, &kinds, group, version, request).await,
        _ => Err(Status::unrouted()),
    }
}

/// The document of one group and version; who asks for it by another hash than its own is sent to where it is now.
async fn document(
    server: &Server,
    kinds: &Arc<Kinds>,
    group: &str,
    version: &str,
    request: &Request<()>,
) -> Result<Response<Body>, Status> {
    let hash = v3_hash(kinds, group, version).ok_or_else(Status::unrouted)?;
    accepted(request)?;
    let query = parse_query(request.uri().query().unwrap_or_default());
    let wanted = param(&query, "hash").filter(|wanted| !wanted.is_empty());
    if wanted.is_some_and(|wanted| wanted != hash) {
        return moved(&v3_url(group, version, &hash));
    }
    let tag = value(&format!("\"{hash}\""))?;
    let parts = match is_known(request.headers(), &tag) {
        true => None,
        false => Some([server.documents.get(kinds, group, version, &hash).await?]),
    };
    let mut response = packed(parts.as_ref().map(<[_; 1]>::as_slice), JSON, request.headers());
    let headers = response.headers_mut();
    headers.insert(ETAG, tag);
    if wanted.is_some() {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, immutable"));
        headers.insert(EXPIRES, value(&server.now().plus(YEAR).http())?);
    }
    Ok(response)
}

/// Whether JSON is accepted: documents come in no other form.
fn accepted(request: &Request<()>) -> Result<(), Status> {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut ranges = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
    let fits = ranges.any(|range| matches!(range, "" | "*/*" | "application/*" | "application/json"));
    let refused = || Status::new(Reason::NotAcceptable, "only the following media types are accepted: application/json");
    if fits { Ok(()) } else { Err(refused()) }
}

fn moved(url: &str) -> Result<Response<Body>, Status> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    response.headers_mut().insert(LOCATION, value(url)?);
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

fn value(text: &str) -> Result<HeaderValue, Status> {
    HeaderValue::from_str(text).map_err(|error| Status::new(Reason::InternalError, error.to_string()))
}
