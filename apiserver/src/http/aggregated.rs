//! Requests to groups that other servers serve.

use http::{Request, Response};
use hyper::body::Incoming;
use kontiki_api::request::User;
use kontiki_api::status::Status;
use tokio_util::sync::CancellationToken;

use super::Body;
use super::query::parse_query;
use super::resource::target_of;
use crate::aggregate::{ApiService, hand_on, openapi_v3_of};
use crate::route::{Path, verb_of};
use crate::server::{Server, permit_path, permit_selected};

/// The APIService whose server answers requests to `path`; what this server serves itself it keeps.
pub(super) fn elsewhere(server: &Server, path: &Path, uri: &str) -> Option<ApiService> {
    let (group, version) = match path {
        Path::Version(group, version) => (group, version),
        Path::Resource(path) => (&path.group, &path.version),
        Path::Other => return openapi_v3_of(server, uri),
        _ => return None,
    };
    if group.is_empty() {
        return None;
    }
    ApiService::of(&*server.config.store, group, version).filter(|service| service.counts(server.kinds.builtin()))
}

/// Hands `request` on, where `user` may ask it.
///
/// # Errors
/// 403, 503.
pub(super) async fn aggregated(
    server: &Server,
    user: &User,
    path: &Path,
    service: &ApiService,
    request: Request<Incoming>,
    stop: CancellationToken,
) -> Result<Response<Body>, Status> {
    match path {
        Path::Resource(path) => {
            let query = parse_query(request.uri().query().unwrap_or_default());
            let (verb, target) = (verb_of(request.method(), path, &query), target_of(path));
            permit_selected(server, user, verb, &target, &query)?;
        }
        _ => permit_path(server, user, &request.method().as_str().to_ascii_lowercase(), request.uri().path())?,
    }
    hand_on(server, user, service, request, stop).await
}
