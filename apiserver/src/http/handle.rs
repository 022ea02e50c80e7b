//! One HTTP request, from headers to headers.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, HeaderName, HeaderValue, USER_AGENT, VARY};
use http::{HeaderMap, Method, Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use kontiki_api::request::User;
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use rustls_pki_types::CertificateDer;
use tokio_util::sync::CancellationToken;

use super::aggregated::{aggregated, elsewhere};
use super::audited::trail;
use super::deadline::Deadline;
use super::gzip::{THRESHOLD, gzip, takes_gzip};
use super::notation::Notation;
use super::pages::{self, Page};
use super::query::{is_escaped, parse_query};
use super::read_body::forget_body;
use super::refusal::refusal;
use super::resource::{paced, target_of};
use super::{Body, Pace, discovery, other, resource, watch_socket, wire};
use crate::audit::{annotations, impersonates};
use crate::authenticate::impersonate;
use crate::authorize::Attributes;
use crate::cluster;
use crate::prepare::uid_of;
use crate::route::{Path, verb_of};
use crate::server::{Server, attributes_of_path, selected};

const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");
/// By which proxies say whom they speak for.
const REMOTE_USER: HeaderName = HeaderName::from_static("x-remote-user");
/// Longest id of a client's own, as upstream.
const MAX_AUDIT_ID: usize = 64;

/// Who is at the other end of a connection.
pub(super) enum Peer {
    /// Whoever the authenticator takes them for, by headers and these client certificates, the first of which ends then.
    Unknown(Vec<CertificateDer<'static>>, Option<Time>),
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
    if let Some(refused) = wire::refused(&request) {
        return Ok(refused);
    }
    let compress = may_compress(&request);
    let head = request.method() == Method::HEAD;
    let notation = Notation::of(&request);
    let id = audit_id(&server, request.headers());
    let (begun, asked) = (Instant::now(), tracing::enabled!(tracing::Level::DEBUG).then(|| told(&request)));
    let answered = answer(&server, &peer, &stop, &id, request).await;
    let mut response = answered.unwrap_or_else(|status| notation.refusal(&status)).map(|body| body.until(stop));
    if let Some((method, uri, agent)) = asked {
        let (code, latency_ms) = (response.status().as_u16(), begun.elapsed().as_millis());
        tracing::debug!(%method, uri, agent, audit_id = id, code, latency_ms, "HTTP");
    }
    if compress && is_large(&response) {
        response = response.map(gzip);
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response.headers_mut().append(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if head {
        if let Some(length) = response.body().size_hint().exact() {
            response.headers_mut().insert(CONTENT_LENGTH, length.into());
        }
        response = response.map(|_| Body::empty());
    }
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache, private"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(AUDIT_ID, id);
    }
    Ok(response)
}

/// What the log says of a request.
fn told(request: &Request<Incoming>) -> (Method, String, String) {
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    (request.method().clone(), request.uri().to_string(), agent.to_owned())
}

/// The id under which the request is audited: the client's own, or a fresh one.
fn audit_id(server: &Server, headers: &HeaderMap) -> String {
    let own = headers.get(AUDIT_ID).and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty() && id.len() <= MAX_AUDIT_ID);
    own.map_or_else(|| uid_of(server.random()), str::to_owned)
}

async fn answer(
    server: &Arc<Server>,
    peer: &Peer,
    stop: &CancellationToken,
    id: &str,
    request: Request<Incoming>,
) -> Result<Response<Body>, Status> {
    if let Some(api) = server.config.cluster.as_ref().filter(|_| request.uri().path().starts_with(cluster::PREFIX)) {
        let headers = request.headers().clone();
        let (verb, path) = (request.method().as_str().to_ascii_lowercase(), request.uri().path().to_owned());
        let user = async {
            let user = authenticated(server, peer, &headers).await?;
            let asked = || attributes_of_path(&user, &verb, &path);
            Ok(impersonated(server, &user, &headers, asked)?.unwrap_or(user))
        };
        let answer = Box::pin(cluster::serve(server, api, user, request)).await;
        return answer.map(|answer| paced(answer, Pace::Own));
    }
    if !is_escaped(request.uri().path()) {
        return Err(Status::unreadable());
    }
    let path = Path::parse(request.uri().path());
    // A time that cannot be read is told before anybody is asked who they are, as upstream.
    let (user, deadline) = match Deadline::of(server, &path, &request) {
        Ok(deadline) => (authenticated(server, peer, request.headers()).await, deadline),
        Err(status) => (Err(status), Deadline::new(Duration::ZERO)),
    };
    let from_master = matches!(peer, Peer::Unknown(certificates, _) if server.config.authenticator.is_master(certificates));
    let trail = trail(server, &request, &path, user.as_ref().ok(), id, from_master);
    match (user, trail) {
        (Err(status), trail) => {
            let (parts, body) = request.into_parts();
            forget_body(&parts.headers, body);
            match trail {
                Some(trail) => Err(trail.refuse(status).await),
                None => Err(status),
            }
        }
        (Ok(user), None) => serve(server, user, path, from_master, deadline, stop, request).await,
        // On the heap first: what follows it is moved some times.
        (Ok(user), Some(trail)) if from_master => {
            trail.follow(Box::pin(for_master(server, user, path, deadline, stop, request))).await
        }
        (Ok(user), Some(trail)) => trail.follow(Box::pin(serve(server, user, path, from_master, deadline, stop, request))).await,
    }
}

/// Answers a request that another master passed on, and tells it what was noted.
async fn for_master(
    server: &Arc<Server>,
    user: User,
    path: Path,
    deadline: Deadline,
    stop: &CancellationToken,
    request: Request<Incoming>,
) -> Result<Response<Body>, Status> {
    let answered = serve(server, user, path, true, deadline, stop, request).await;
    let mut response = answered.unwrap_or_else(|status| refusal(&status));
    response.headers_mut().extend(annotations());
    Ok(response)
}

async fn serve(
    server: &Arc<Server>,
    user: User,
    path: Path,
    from_master: bool,
    deadline: Deadline,
    stop: &CancellationToken,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Status> {
    let other = impersonated(server, &user, request.headers(), || asked(&user, &path, &request))?;
    let user = other.unwrap_or(user);
    if let Some(service) = elsewhere(server, &path, request.uri().path()) {
        let answer = Box::pin(aggregated(server, &user, &path, &service, request, stop.clone())).await;
        return answer.map(|answer| paced(answer, Pace::Own));
    }
    // On the heap while it runs: what answers is moved some times, and kept with each connection.
    if let Path::Resource(path) = path {
        let watcher = watch_socket::watcher(&mut request, &path);
        let answer = Box::pin(resource::resource(server, user, path, from_master, deadline, request)).await?;
        return match watcher {
            Some(socket) => watch_socket::follow(socket, answer, stop.clone()),
            None => Ok(answer),
        };
    }
    let (parts, body) = request.into_parts();
    forget_body(&parts.headers, body);
    let request = Request::from_parts(parts, ());
    match path {
        Path::Other => match pages::page(server, &user, &request)? {
            Some(page) => page.await.map(Page::answer).ok_or_else(Status::unrouted),
            None => Box::pin(other::other(server, &user, request)).await,
        },
        path => discovery::discovery(server, &user, &path, &request),
    }
}

async fn authenticated(server: &Server, peer: &Peer, headers: &HeaderMap) -> Result<User, Status> {
    match peer {
        Peer::Unknown(certificates, ends) => {
            let begun = Instant::now();
            let found = server.config.authenticator.authenticate(headers, certificates).await;
            server.access.authenticated(found.as_ref().ok().map(|user| &*user.name), begun.elapsed());
            let by_certificate = !headers.contains_key(AUTHORIZATION) && !headers.contains_key(REMOTE_USER);
            if let Some(ends) = ends.filter(|_| by_certificate && found.is_ok()) {
                server.access.certificate(ends.since(server.now()).as_secs_f64());
            }
            found
        }
        Peer::Trusted(user) => Ok(user.clone()),
    }
}

/// Whom `user` speaks for; `None` where the headers name nobody else.
fn impersonated(
    server: &Server,
    user: &User,
    headers: &HeaderMap,
    asked: impl FnOnce() -> Attributes,
) -> Result<Option<User>, Status> {
    let other = impersonate(headers, user, &*server.config.authorizer, asked)?;
    if let Some(other) = &other {
        impersonates(other);
    }
    Ok(other.map(|other| other.user))
}

/// What `user` would have to be allowed for `request` to `path`.
fn asked(user: &User, path: &Path, request: &Request<Incoming>) -> Attributes {
    let Path::Resource(path) = path else {
        return attributes_of_path(user, &request.method().as_str().to_ascii_lowercase(), request.uri().path());
    };
    let query = parse_query(request.uri().query().unwrap_or_default());
    selected(user, verb_of(request.method(), path, &query), &target_of(path), &query)
}

/// Large answers to readers who take gzip are compressed; watches and connections never are.
fn may_compress(request: &Request<Incoming>) -> bool {
    request.method() == Method::GET && takes_gzip(request.headers())
}

fn is_large(response: &Response<Body>) -> bool {
    response.body().size_hint().exact().is_some_and(|length| length > THRESHOLD)
        && !response.headers().contains_key(CONTENT_ENCODING)
}
