//! Requests to groups that other servers serve.

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use kontiki_api::request::User;
use kontiki_api::status::Status;
use tokio_util::sync::CancellationToken;

use super::ApiService;
use super::aggregator::identity;
use crate::http::Body;
use crate::proxy::{Forward, forward};
use crate::server::Server;

/// Hands `request` of `user` on to the server behind `service`.
///
/// # Errors
/// 503 where it breaks off; one that is known not to answer is told of in upstream's plain words.
pub(crate) async fn hand_on(
    server: &Server,
    user: &User,
    service: &ApiService,
    request: Request<Incoming>,
    stop: CancellationToken,
) -> Result<Response<Body>, Status> {
    if !service.available {
        return Ok(unavailable());
    }
    let to = match server.aggregator.destination(&*server.config.store, service) {
        Ok(to) => to,
        Err(error) => {
            tracing::warn!(%error, name = %service.object.key.name, "an aggregated server cannot be found");
            return Ok(unavailable());
        }
    };
    let path = request.uri().path().to_owned();
    forward(request, Forward { to, path, identity: identity(user), own_host: true, redirects: false, stop }).await
}

fn unavailable() -> Response<Body> {
    let mut response = Response::new(Body::from("service unavailable\n".to_owned()));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// The APIService whose server has the OpenAPI v3 document at `path`.
pub(crate) fn openapi_v3_of(server: &Server, path: &str) -> Option<ApiService> {
    let (group, version) = path.strip_prefix("/openapi/v3/apis/")?.trim_end_matches('/').split_once('/')?;
    ApiService::of(&*server.config.store, group, version).filter(|service| service.counts(server.kinds.builtin()))
}
