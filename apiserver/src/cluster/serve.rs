//! Requests about the cluster's members, over HTTP.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use kontiki_api::request::User;
use kontiki_api::status::Status;

use super::{Asked, ClusterApi};
use crate::authenticate::bearer;
use crate::http::{Body, json};
use crate::server::{Server, permit_path};

/// Where all paths begin.
pub(crate) const PREFIX: &str = "/kontiki/v1/";

/// Answers `request`, whose path begins with [`PREFIX`]. `user` is asked for only where the path is not open.
///
/// # Errors
/// The refusal.
pub(crate) async fn serve(
    server: &Server,
    api: &Arc<dyn ClusterApi>,
    user: impl Future<Output = Result<User, Status>>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Status> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default().trim_end_matches('/').to_owned();
    if !api.is_open(&path) {
        let user = user.await?;
        permit_path(server, &user, &parts.method.as_str().to_ascii_lowercase(), parts.uri.path())?;
    }
    let limits = server.config.limits;
    let body = tokio::time::timeout(limits.timeout, Limited::new(body, limits.body_bytes).collect()).await;
    let body = body.ok().and_then(Result::ok).ok_or_else(|| Status::bad_request("the body did not arrive whole"))?.to_bytes();
    let token = bearer(&parts.headers).unwrap_or_default();
    let answer = api.answer(Asked { method: parts.method, path, body, token }).await?;
    Ok(json(200, Bytes::from(answer.to_string())))
}
