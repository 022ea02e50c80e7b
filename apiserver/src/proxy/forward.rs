//! The reverse proxy.

use std::net::SocketAddr;

use futures::StreamExt;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::BodyStream;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use kontiki_api::status::{Reason, Status};
use tokio_util::sync::CancellationToken;

use super::Destination;
use super::headers::{is_upgrade, strip_credentials, strip_cross_origin, strip_hop_by_hop};
use super::links::Base;
use super::rewritten::rewritten;
use crate::http::{Body, ClientAddress};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");

/// How a request is handed on.
pub(crate) struct Forward {
    /// To whom.
    pub to: Destination,
    /// The path there, without query; empty for the server as such, which browsers are sent to with a slash behind.
    pub path: String,
    /// Headers that say who asks; they replace those of the same name.
    pub identity: HeaderMap,
    /// Whether the server is told its own name instead of ours.
    pub own_host: bool,
    /// Whether it may send the client elsewhere.
    pub redirects: bool,
    /// When what is upgraded is cut off.
    pub stop: CancellationToken,
}

/// Hands `request` on and its answer back: without what concerns one connection only and without credentials, links and
/// redirections brought below the path asked for, upgraded where both sides agree. A redirection that is not allowed is
/// answered with 502.
///
/// # Errors
/// 503 where the server cannot be reached.
pub(crate) async fn forward(mut request: Request<Incoming>, forward: Forward) -> Result<Response<Body>, Status> {
    let upgrade = is_upgrade(request.headers());
    let asked = request.uri().path().to_owned();
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    if forward.path.is_empty() && !upgrade && matches!(*request.method(), Method::GET | Method::HEAD) {
        return moved(&format!("{asked}/{query}"));
    }
    let Forward { to, path, identity, own_host, redirects, stop } = forward;
    let prefix = asked.strip_suffix(&path).unwrap_or(&asked).trim_end_matches('/').to_owned();
    let path = if path.is_empty() { "/".to_owned() } else { path };
    let client = upgrade.then(|| hyper::upgrade::on(&mut request));
    let host = host_of(&request);
    prepare(&mut request, upgrade, &format!("{prefix}{path}"))?;
    let authority = if own_host { to.authority() } else { host.clone() };
    if let Ok(authority) = HeaderValue::from_str(&authority) {
        request.headers_mut().insert(HOST, authority);
    }
    for name in identity.keys() {
        request.headers_mut().remove(name);
    }
    request.headers_mut().extend(identity);
    *request.uri_mut() = format!("{path}{query}").parse().map_err(|error| Status::bad_request(format!("{error}")))?;
    let unreachable = |error| Status::new(Reason::ServiceUnavailable, format!("error trying to reach service: {error}"));
    let mut response = to.send(request).await.map_err(unreachable)?;
    if !redirects && is_redirection(&response) {
        return Ok(redirected());
    }
    if let (StatusCode::SWITCHING_PROTOCOLS, Some(client)) = (response.status(), client) {
        let server = hyper::upgrade::on(&mut response);
        tokio::spawn(relay(client, server, stop));
        return Ok(response.map(|_| Body::empty()));
    }
    Ok(answer(response, Base { prefix, hosts: [host, to.authority()] }))
}

fn moved(location: &str) -> Result<Response<Body>, Status> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    let location = HeaderValue::from_str(location).map_err(|error| Status::bad_request(error.to_string()))?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

fn is_redirection(response: &Response<Incoming>) -> bool {
    response.status().is_redirection() && response.headers().get(LOCATION).is_some_and(|location| !location.is_empty())
}

/// Instead of a redirection, which could lead the client's credentials elsewhere (CVE-2022-3172).
fn redirected() -> Response<Body> {
    let told = "the backend attempted to redirect this request, which is not permitted";
    let mut response = Response::new(Body::from(told.to_owned()));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// How the client calls this server.
fn host_of(request: &Request<Incoming>) -> String {
    let told = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    told.or_else(|| request.uri().authority().map(http::uri::Authority::as_str)).unwrap_or_default().to_owned()
}

fn prepare(request: &mut Request<Incoming>, upgrade: bool, uri: &str) -> Result<(), Status> {
    *request.version_mut() = Version::HTTP_11;
    let from = request.extensions_mut().remove::<ClientAddress>().map(|ClientAddress(from)| from);
    let headers = request.headers_mut();
    strip_hop_by_hop(headers, upgrade);
    strip_credentials(headers);
    let uri = HeaderValue::from_str(uri).map_err(|error| Status::bad_request(error.to_string()))?;
    headers.insert(FORWARDED_URI, uri);
    if let Some(from) = from.as_ref().map(SocketAddr::ip) {
        let before = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let chain: Vec<String> = before.map(String::from).chain([from.to_string()]).collect();
        if let Ok(chain) = HeaderValue::from_str(&chain.join(", ")) {
            headers.insert(FORWARDED_FOR, chain);
        }
    }
    Ok(())
}

fn answer(response: Response<Incoming>, base: Base) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    strip_hop_by_hop(&mut parts.headers, false);
    strip_cross_origin(&mut parts.headers);
    let frames = BodyStream::new(body);
    let chunks = frames.filter_map(|frame| std::future::ready(frame.ok().and_then(|frame| frame.into_data().ok())));
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (location, coding) = (text(LOCATION), text(CONTENT_ENCODING));
    let page = text(CONTENT_TYPE).split(';').next().unwrap_or_default().trim() == "text/html";
    if !location.is_empty() {
        if let Some(location) = base.rewrite(&location).and_then(|link| HeaderValue::from_str(&link).ok()) {
            parts.headers.insert(LOCATION, location);
        }
    } else if page && matches!(coding.as_str(), "" | "identity" | "gzip") {
        parts.headers.remove(CONTENT_LENGTH);
        parts.headers.remove(CONTENT_ENCODING);
        return with_head(parts, Body::chunks(rewritten(chunks, base, coding == "gzip")));
    }
    with_head(parts, Body::chunks(chunks))
}

fn with_head(parts: http::response::Parts, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = parts.status;
    *response.headers_mut() = parts.headers;
    response
}

/// Carries the bytes of an upgraded connection both ways; each side learns when the other has ended its half.
pub(crate) async fn relay(client: OnUpgrade, server: OnUpgrade, stop: CancellationToken) {
    let (client, server) = match tokio::try_join!(client, server) {
        Ok(upgraded) => upgraded,
        Err(error) => return tracing::debug!(%error, "a connection was not upgraded"),
    };
    let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
    tokio::select! {
        ended = tokio::io::copy_bidirectional(&mut client, &mut server) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "an upgraded connection broke off");
            }
        }
        () = stop.cancelled() => {}
    }
}
