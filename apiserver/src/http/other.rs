//! Paths that are not resources: health, version, metrics.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, Method, Request, Response};
use kontiki_api::request::User;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::Body;
use super::encode::indented;
use super::openapi_v2::openapi_v2;
use super::openapi_v3::openapi_v3;
use super::query::parse_query;
use super::refusal::{json as reply, with_type};
use crate::aggregate::parts;
use crate::health::{Check, report};
use crate::metrics::{PLAIN, plain};
use crate::server::{Server, permit_path};

/// The media type of health texts.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";
/// The media type that `prometheus-client` writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers a path that is no resource.
///
/// # Errors
/// 403, 404, 405.
pub(super) async fn other(server: &Server, user: &User, request: Request<()>) -> Result<Response<Body>, Status> {
    let request = &request;
    let path = request.uri().path();
    permit_path(server, user, &request.method().as_str().to_ascii_lowercase(), path)?;
    let get = || if *request.method() == Method::GET { Ok(()) } else { Err(Status::no_such_method()) };
    if let Some(document) = server.config.tokens.as_ref().and_then(|tokens| tokens.document(path.trim_end_matches('/'))) {
        return get().map(|()| of_tokens(path, &document));
    }
    // Upstream serves these two by a router that forgives slashes at the end, and all others by exactly their paths, by any method.
    if let Some(behind) = path.strip_prefix("/version").filter(|behind| behind.is_empty() || behind.starts_with('/')) {
        if !behind.trim_end_matches('/').is_empty() {
            return Err(Status::unknown());
        }
        return get().map(|()| indented(200, &version()));
    }
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or_default().split('/').collect();
    match segments.as_slice() {
        ["" | "index.html"] => Ok(reply(200, Bytes::from(paths(server).to_string()))),
        ["openapi", "v2"] => {
            let kinds = server.kinds();
            let parts = parts(&*server.config.store, &kinds, &server.aggregator);
            openapi_v2(&server.document, &kinds, parts, request.headers()).await
        }
        ["openapi", "v3", rest @ ..] => openapi_v3(server, rest, request).await,
        // There upstream forgets its figures.
        ["metrics"] if *request.method() == Method::DELETE => Err(Status::no_such_method()),
        ["metrics"] => Ok(figures(request.headers(), &server.metrics.text())),
        [probe @ ("healthz" | "livez" | "readyz")] => health(&server.config.checks, probe, None, request),
        [probe @ ("healthz" | "livez" | "readyz"), check @ ..] => {
            health(&server.config.checks, probe, Some(&check.join("/")), request)
        }
        _ => Err(Status::unrouted()),
    }
}

/// The figures `text` in the format that is asked for: OpenMetrics, or else the older one.
pub(super) fn figures(headers: &HeaderMap, text: &str) -> Response<Body> {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let open = { accepted }.any(|accepted| accepted.contains("application/openmetrics-text"));
    match open {
        true => with_type(200, OPEN_METRICS, Body::from(text.to_owned())),
        false => with_type(200, PLAIN, Body::from(plain(text))),
    }
}

/// What verifies tokens; anybody may keep it for an hour.
fn of_tokens(path: &str, document: &Value) -> Response<Body> {
    let media = if path.starts_with("/openid/") { "application/jwk-set+json" } else { "application/json" };
    let mut response = with_type(200, media, Body::from(document.to_string()));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    response
}

/// Answers a health path.
///
/// # Errors
/// 404 where there is no such check.
pub(super) fn health<B>(
    checks: &[Arc<dyn Check>],
    probe: &str,
    only: Option<&str>,
    request: &Request<B>,
) -> Result<Response<Body>, Status> {
    let query = parse_query(request.uri().query().unwrap_or_default());
    let verbose = query.iter().any(|(name, _)| name == "verbose");
    let exclude: Vec<&str> = query.iter().filter(|(name, _)| name == "exclude").map(|(_, value)| value.as_str()).collect();
    let health = report(probe, checks, only, &exclude, verbose).ok_or_else(Status::unrouted)?;
    let mut answer = with_type(if health.well { 200 } else { 500 }, TEXT, Body::from(health.text));
    if only.is_none() || !health.well {
        answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    Ok(answer)
}

/// `/version`.
pub(crate) fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "35", "gitVersion": "v1.36.0+kontiki",
        "gitCommit": option_env!("KONTIKI_COMMIT").unwrap_or("0000000000000000000000000000000000000000"),
        "gitTreeState": "clean", "buildDate": option_env!("KONTIKI_BUILD_DATE").unwrap_or("1970-01-01T00:00:00Z"),
        "goVersion": "none", "compiler": "rustc", "platform": format!("linux/{}", architecture()),
    })
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// `/`: what else there is.
fn paths(server: &Server) -> Value {
    let kinds = server.kinds();
    let mut paths: Vec<String> =
        ["/api", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]
            .map(Into::into)
            .to_vec();
    for kind in kinds.iter() {
        if kind.group.is_empty() {
            paths.push(format!("/api/{}", kind.version));
        } else {
            paths.extend([format!("/apis/{}", kind.group), format!("/apis/{}/{}", kind.group, kind.version)]);
        }
    }
    paths.sort();
    paths.dedup();
    json!({"paths": paths})
}
