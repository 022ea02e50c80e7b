//! The parts of an event that are known when a request arrives.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use http::HeaderMap;
use kontiki_api::Text;
use kontiki_api::request::{Target, User};
use kontiki_api::status::Status;
use serde::Serialize;
use serde_json::Value;

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

    /// The same, kept for the events of the request.
    pub(super) fn known(&self) -> Known {
        Known {
            id: self.id.into(),
            uri: self.uri.into(),
            verb: self.verb.into(),
            user: self.user.cloned().unwrap_or_default(),
            sources: self.sources.into(),
            agent: self.agent.into(),
            target: self.target.cloned(),
        }
    }
}

/// What is known of a request when it arrives.
#[derive(Debug, Default)]
pub(super) struct Known {
    id: Box<str>,
    uri: Box<str>,
    verb: Box<str>,
    user: User,
    sources: Box<[String]>,
    agent: Box<str>,
    target: Option<Target>,
}

impl Known {
    /// The event of a stage, of which the rest is still to be told. `name` is that of the object, where the path has none.
    pub fn event<'a>(&'a self, level: &'static str, stage: &'static str, name: &'a str) -> Event<'a> {
        Event {
            kind: "Event",
            api_version: "audit.k8s.io/v1",
            level,
            audit_id: &self.id,
            stage,
            request_uri: &self.uri,
            verb: &self.verb,
            user: UserInfo::of(&self.user),
            impersonated_user: None,
            authentication_metadata: None,
            source_ips: &self.sources,
            user_agent: &self.agent,
            object_ref: self.target.as_ref().map(|target| Reference::of(target, name)),
            response_status: None,
            request_object: None,
            response_object: None,
            request_received_timestamp: String::new(),
            stage_timestamp: String::new(),
            annotations: None,
        }
    }
}

/// `audit.k8s.io` Event, in upstream's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    kind: &'static str,
    api_version: &'static str,
    level: &'static str,
    #[serde(rename = "auditID")]
    audit_id: &'a str,
    stage: &'static str,
    #[serde(rename = "requestURI")]
    request_uri: &'a str,
    verb: &'a str,
    user: UserInfo<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impersonated_user: Option<UserInfo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication_metadata: Option<Authentication>,
    #[serde(rename = "sourceIPs", skip_serializing_if = "<[String]>::is_empty")]
    source_ips: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    user_agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_ref: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_status: Option<&'a Ended<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_object: Option<&'a Value>,
    pub request_received_timestamp: String,
    pub stage_timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<&'a BTreeMap<String, String>>,
}

/// `authenticationMetadata`: how somebody came to be who they are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Authentication {
    /// The verb under which the user impersonates another for this request alone.
    pub impersonation_constraint: &'static str,
}

/// `responseStatus`: how a request ended.
#[derive(Serialize)]
pub(super) struct Ended<'a> {
    metadata: BTreeMap<(), ()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
    code: u16,
}

impl<'a> Ended<'a> {
    /// It was answered with `code`.
    pub fn with(code: u16) -> Self {
        Self { metadata: BTreeMap::new(), status: None, message: None, reason: None, details: None, code }
    }

    /// It was refused.
    pub fn refused(status: &'a Status) -> Self {
        Self { code: status.code(), ..Self::failed(status) }
    }

    /// It came to nothing, which was answered with 500.
    pub fn failed(status: &'a Status) -> Self {
        let told = status.to_value();
        let member = |name: &str| told.get(name).cloned();
        Self {
            status: Some("Failure"),
            message: Some(&status.message),
            reason: member("reason"),
            details: member("details"),
            ..Self::with(500)
        }
    }

    /// It was answered with `code`, and with the Status `answer` where that is one.
    pub fn answered(code: u16, answer: Option<&'a Value>) -> Self {
        let Some(answer) = answer else { return Self::with(code) };
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let status = ["Success", "Failure"].into_iter().find(|status| text("status") == Some(status));
        let member = |name: &str| answer.get(name).cloned();
        Self { status, message: text("message"), reason: member("reason"), details: member("details"), ..Self::with(code) }
    }
}

/// `authentication.k8s.io` UserInfo.
#[derive(Serialize)]
pub(super) struct UserInfo<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    uid: &'a str,
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    groups: &'a [Text],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extra: BTreeMap<&'a str, &'a [Text]>,
}

impl<'a> UserInfo<'a> {
    pub fn of(user: &'a User) -> Self {
        let extra = user.extra.iter().map(|(name, values)| (&**name, &values[..])).collect();
        Self { username: &user.name, uid: &user.uid, groups: &user.groups, extra }
    }
}

/// `audit.k8s.io` ObjectReference.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    resource: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    api_group: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    api_version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    subresource: &'a str,
}

impl<'a> Reference<'a> {
    fn of(target: &'a Target, name: &'a str) -> Self {
        Self {
            resource: &target.plural,
            namespace: &target.namespace,
            name: if target.name.is_empty() { name } else { &target.name },
            api_group: &target.group,
            api_version: &target.version,
            subresource: &target.subresource,
        }
    }
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
