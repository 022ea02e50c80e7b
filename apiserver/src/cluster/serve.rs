//! Requests about the cluster's members, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use kontiki_api::request::User;
use kontiki_api::status::Status;

use super::{Asked, ClusterApi};
use crate::authenticate::bearer;
use crate::http::{Body, Deadline, Share, json, read_body};
use crate::server::{Server, permit_path};

/// Where all paths begin.
pub(crate) const PREFIX: &str = "/kontiki/v1/";
/// Most bytes of a body where nobody is asked who they are; those of a master that joins have some hundred.
const OPEN_BYTES: usize = 64 << 10;
/// How long it may take there.
const OPEN_TIME: Duration = Duration::from_secs(5);

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
    let limits = server.config.limits;
    let (user, most, time) = if api.is_open(&path) {
        (User::default(), OPEN_BYTES, OPEN_TIME)
    } else {
        let user = user.await?;
        permit_path(server, &user, &parts.method.as_str().to_ascii_lowercase(), parts.uri.path())?;
        (user, limits.body_bytes, limits.timeout)
    };
    let share = Share { bodies: &server.bodies, user: &user, from_master: false };
    let (body, _held) = if parts.method == Method::GET {
        Default::default()
    } else {
        read_body(&parts.headers, body, most, Deadline::new(time), share).await?
    };
    let token = bearer(&parts.headers).unwrap_or_default();
    let answer = api.answer(Asked { method: parts.method, path, body, token }).await?;
    Ok(json(200, Bytes::from(answer.to_string())))
}
