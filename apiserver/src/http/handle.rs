//! One HTTP request, from headers to headers.

use std::convert::Infallible;
use std::sync::Arc;

use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, HeaderName, HeaderValue, VARY};
use http::{HeaderMap, Method, Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use kontiki_api::request::User;
use kontiki_api::status::Status;
use rustls_pki_types::CertificateDer;
use tokio_util::sync::CancellationToken;

use super::aggregated::{aggregated, elsewhere};
use super::gzip::{THRESHOLD, gzip};
use super::pages::{self, Page};
use super::refusal::refusal;
use super::{Body, discovery, other, resource};
use crate::authenticate::impersonate;
use crate::cluster;
use crate::prepare::uid_of;
use crate::route::{Path, unknown};
use crate::server::Server;

const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");

/// Who is at the other end of a connection.
pub(super) enum Peer {
    /// Whoever the authenticator takes them for, by headers and these client certificates.
    Unknown(Vec<CertificateDer<'static>>),
    /// This user, without being asked.
    Trusted(User),
}

/// Answers one request; what streams without an end of its own ends with `stop`.
pub(super) async fn handle(
    server: Arc<Server>,
    peer: Arc<Peer>,
    stop: CancellationToken,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let compress = may_compress(&request);
    let head = request.method() == Method::HEAD;
    let mut response =
        answer(&server, &peer, &stop, request).await.unwrap_or_else(|status| refusal(&status)).map(|body| body.until(stop));
    if compress && is_large(&response) {
        response = response.map(gzip);
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response.headers_mut().insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if head {
        response = response.map(|_| Body::empty());
    }
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache, private"));
    if let Ok(id) = HeaderValue::from_str(&uid_of(server.random())) {
        headers.insert(AUDIT_ID, id);
    }
    Ok(response)
}

async fn answer(
    server: &Arc<Server>,
    peer: &Peer,
    stop: &CancellationToken,
    request: Request<Incoming>,
) -> Result<Response<Body>, Status> {
    if let Some(api) = server.config.cluster.as_ref().filter(|_| request.uri().path().starts_with(cluster::PREFIX)) {
        let headers = request.headers().clone();
        return cluster::serve(server, api, async { user(server, peer, &headers).await }, request).await;
    }
    let user = user(server, peer, request.headers()).await?;
    let from_master = matches!(peer, Peer::Unknown(certificates) if server.config.authenticator.is_master(certificates));
    let path = Path::parse(request.uri().path());
    if let Some(service) = elsewhere(server, &path, request.uri().path()) {
        return aggregated(server, &user, &path, &service, request, stop.clone()).await;
    }
    match path {
        Path::Resource(path) => resource::resource(server, user, path, from_master, request).await,
        Path::Other => match pages::page(server, &user, &request)? {
            Some(page) => page.await.map(Page::answer).ok_or_else(unknown),
            None => other::other(server, &user, &request),
        },
        path => discovery::discovery(server, &user, &path, &request),
    }
}

async fn user(server: &Server, peer: &Peer, headers: &HeaderMap) -> Result<User, Status> {
    let user = match peer {
        Peer::Unknown(certificates) => server.config.authenticator.authenticate(headers, certificates).await?,
        Peer::Trusted(user) => user.clone(),
    };
    Ok(impersonate(headers, &user, &*server.config.authorizer)?.unwrap_or(user))
}

/// Large answers to readers who take gzip are compressed; watches and connections never are.
fn may_compress(request: &Request<Incoming>) -> bool {
    let accepts = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    request.method() == Method::GET && accepts.split(',').any(|coding| coding.trim().split(';').next() == Some("gzip"))
}

fn is_large(response: &Response<Body>) -> bool {
    response.body().size_hint().exact().is_some_and(|length| length > THRESHOLD)
        && !response.headers().contains_key(CONTENT_ENCODING)
}
