//! `/api` and `/apis`.

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, USER_AGENT, VARY};
use http::{Method, Request, Response, StatusCode};
use kontiki_api::request::User;
use kontiki_api::status::Status;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Body;
use super::encode::indented;
use super::notation::is_pretty;
use super::refusal::{json, with_type};
use super::resource::header;
use crate::aggregate::{ApiService, merge_aggregated, merge_groups, remote_group};
use crate::discovery;
use crate::encode::{Negotiated, Offers, negotiate};
use crate::route::{Path, unknown_in};
use crate::server::{Server, permit_path};

const AGGREGATED: HeaderValue = HeaderValue::from_static("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");

const AGGREGATED_YAML: HeaderValue =
    HeaderValue::from_static("application/yaml;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");

/// Answers a discovery path.
///
/// # Errors
/// 403, 404, 405, 406.
pub(super) fn discovery<B>(server: &Server, user: &User, path: &Path, request: &Request<B>) -> Result<Response<Body>, Status> {
    permit_path(server, user, &request.method().as_str().to_ascii_lowercase(), request.uri().path())?;
    if *request.method() != Method::GET && !takes_any_method(server, path) {
        return Err(Status::no_such_method());
    }
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let everything = negotiate(accept, Offers::Discovery).ok().filter(|_| matches!(path, Path::Core | Path::Groups));
    let whole = everything.is_none();
    let pretty = is_pretty(request.uri().query().unwrap_or_default(), header(request.headers(), USER_AGENT));
    let document = |value: &Value| Ok(document(value, negotiate(accept, Offers::Whole)?, pretty));
    let aggregated = |value: &Value| aggregated(value, everything.is_some_and(|wanted| wanted.yaml), request);
    let kinds = server.kinds();
    let address = &server.config.address;
    match path {
        Path::Core if whole => document(&discovery::core_versions(address)),
        Path::Groups if whole => {
            let mut groups = discovery::groups(&kinds);
            merge_groups(&mut groups, &kinds, &ApiService::all(&*server.config.store));
            document(&groups)
        }
        Path::Core => Ok(aggregated(&discovery::aggregated(&kinds, true))),
        Path::Groups => {
            let mut groups = discovery::aggregated(&kinds, false);
            merge_aggregated(&mut groups, &kinds, &ApiService::all(&*server.config.store), &server.aggregator);
            Ok(aggregated(&groups))
        }
        Path::Group(group) => {
            let services = ApiService::all(&*server.config.store);
            document(&remote_group(&kinds, &services, group)?)
        }
        Path::Version(group, version) => {
            document(&discovery::version(&kinds, group, version).ok_or_else(|| unknown_in(server, group))?)
        }
        Path::Resource(_) | Path::Other => Err(Status::unrouted()),
    }
}

/// Whether upstream's handler of `path` does not look at the method: that of all groups, of one, and of the versions of custom kinds.
fn takes_any_method(server: &Server, path: &Path) -> bool {
    match path {
        Path::Groups | Path::Group(_) => true,
        Path::Version(group, version) => {
            let kinds = server.kinds();
            let mut rows = kinds.iter().filter(|kind| *kind.group == **group && *kind.version == **version);
            rows.all(|kind| kind.custom.is_some())
        }
        Path::Core | Path::Resource(_) | Path::Other => false,
    }
}

fn document(value: &Value, wanted: Negotiated, pretty: bool) -> Response<Body> {
    match wanted.yaml {
        true => with_type(200, "application/yaml", Body::from(kontiki_api::yaml::write(value))),
        false if pretty || wanted.pretty => indented(200, value),
        false => json(200, Bytes::from(value.to_string() + "\n")),
    }
}

fn aggregated<B>(value: &Value, yaml: bool, request: &Request<B>) -> Response<Body> {
    let mut response = match yaml {
        true => tagged(Bytes::from(kontiki_api::yaml::write(value)), AGGREGATED_YAML, request),
        false => tagged(Bytes::from(value.to_string() + "\n"), AGGREGATED, request),
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public"));
    response
}

/// A document with an entity tag: 304 to who has it.
pub(super) fn tagged<B>(body: Bytes, media_type: HeaderValue, request: &Request<B>) -> Response<Body> {
    let digest = Sha256::digest(&body);
    let tag: String = digest.iter().take(16).map(|byte| format!("{byte:02X}")).collect();
    let tag = format!("\"{tag}\"");
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let same = known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag));
    let mut response = json(200, if same { Bytes::new() } else { body });
    if same {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}
