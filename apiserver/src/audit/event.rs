//! The parts of an event that are known when a request arrives.

use std::net::SocketAddr;

use http::HeaderMap;
use kontiki_api::request::{Target, User};
use serde_json::{Map, Value, json};

use super::rule::Asked;

/// A request as it arrives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    /// Tells it apart from all others.
    pub id: &'a str,
    /// Path and query.
    pub uri: &'a str,
    /// The verb; the method in lower case for paths that are no resource.
    pub verb: &'a str,
    /// What it is about; `None` for a path that is no resource.
    pub target: Option<&'a Target>,
    /// Who asks; `None` where that could not be told.
    pub user: Option<&'a User>,
    /// `User-Agent`.
    pub agent: &'a str,
    /// Whence it comes, the client first.
    pub sources: &'a [String],
}

impl<'a> Head<'a> {
    pub(super) fn asked(&self) -> Asked<'a> {
        let path = self.uri.split('?').next().unwrap_or_default();
        Asked { user: self.user, verb: self.verb, target: self.target, path }
    }

    /// Whether the answer goes on for long, as upstream counts.
    pub(super) fn is_long_running(&self) -> bool {
        let subresource = self.target.map_or("", |target| &*target.subresource);
        self.verb == "watch" || matches!(subresource, "attach" | "exec" | "log" | "portforward" | "proxy")
    }

    /// The fields of an event, in upstream's order, up to the reference to the object.
    pub(super) fn fields(&self, level: &str) -> Map<String, Value> {
        let mut fields = Map::new();
        let texts = [
            ("kind", "Event"),
            ("apiVersion", "audit.k8s.io/v1"),
            ("level", level),
            ("auditID", self.id),
            ("stage", ""),
            ("requestURI", self.uri),
            ("verb", self.verb),
        ];
        fields.extend(texts.map(|(name, text)| (name.to_owned(), Value::from(text))));
        fields.insert("user".into(), self.user.map_or_else(|| json!({}), user_info));
        if !self.sources.is_empty() {
            fields.insert("sourceIPs".into(), json!(self.sources));
        }
        if !self.agent.is_empty() {
            fields.insert("userAgent".into(), self.agent.into());
        }
        if let Some(target) = self.target {
            fields.insert("objectRef".into(), reference(target));
        }
        fields
    }
}

/// `authentication.k8s.io` UserInfo.
pub(super) fn user_info(user: &User) -> Value {
    let mut info = json!({"username": &*user.name});
    if !user.uid.is_empty() {
        info["uid"] = (*user.uid).into();
    }
    if !user.groups.is_empty() {
        info["groups"] = json!(user.groups);
    }
    if !user.extra.is_empty() {
        info["extra"] = user.extra.iter().map(|(name, values)| (name.to_string(), json!(values))).collect();
    }
    info
}

fn reference(target: &Target) -> Value {
    let parts = [
        ("resource", &target.plural),
        ("namespace", &target.namespace),
        ("name", &target.name),
        ("apiGroup", &target.group),
        ("apiVersion", &target.version),
        ("subresource", &target.subresource),
    ];
    parts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), Value::from(&**text))).collect()
}

/// Whence a request comes: as proxies tell, then the other end of the connection.
pub(crate) fn source_addresses(headers: &HeaderMap, peer: Option<SocketAddr>) -> Vec<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let told = text("x-forwarded-for").split(',').chain([text("x-real-ip")]).map(str::trim);
    let mut sources: Vec<String> = told.filter(|text| text.parse::<std::net::IpAddr>().is_ok()).map(String::from).collect();
    sources.dedup();
    if let Some(peer) = peer.map(|peer| peer.ip().to_canonical().to_string()).filter(|peer| sources.last() != Some(peer)) {
        sources.push(peer);
    }
    sources
}
