//! What a request leaves in the audit.

use http::Request;
use http::header::USER_AGENT;
use hyper::body::Incoming;
use kontiki_api::request::{Target, User};

use super::ClientAddress;
use super::query::parse_query;
use super::resource::target_of;
use crate::audit::{Head, Trail, source_addresses};
use crate::route::{Path, ResourcePath, verb_of};
use crate::server::Server;

/// Where the notes on `request` of `user` go; nowhere, where nobody wants them.
pub(super) fn trail(
    server: &Server,
    request: &Request<Incoming>,
    path: &Path,
    user: Option<&User>,
    id: &str,
    from_master: bool,
) -> Option<Trail> {
    let audit = server.config.audit.as_ref()?;
    if from_master {
        return Some(Trail::for_another());
    }
    let (verb, target) = match path {
        Path::Resource(path) => (verb(request, path), Some(target_of(path))),
        _ => (None, None),
    };
    let verb = verb.map_or_else(|| request.method().as_str().to_ascii_lowercase(), str::to_owned);
    let peer = request.extensions().get::<ClientAddress>().map(|address| address.0);
    Trail::begin(audit, &head(request, id, &verb, target.as_ref(), user, &source_addresses(request.headers(), peer)))
}

fn head<'a>(
    request: &'a Request<Incoming>,
    id: &'a str,
    verb: &'a str,
    target: Option<&'a Target>,
    user: Option<&'a User>,
    sources: &'a [String],
) -> Head<'a> {
    let uri = request.uri().path_and_query().map_or_else(|| request.uri().path(), |uri| uri.as_str());
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    Head { id, uri, verb, target, user, agent, sources }
}

/// What `request` to `path` wants to do; `None` for a method that is no verb.
pub(super) fn verb(request: &Request<Incoming>, path: &ResourcePath) -> Option<&'static str> {
    let query = parse_query(request.uri().query().unwrap_or_default());
    let watch = query.iter().any(|(name, value)| name == "watch" && matches!(value.as_str(), "true" | "1" | ""));
    verb_of(request.method(), path, watch).map(|verb| verb.as_str())
}
