//! What the steps of the pipeline have to say about the request they work on.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use kontiki_api::Text;
use kontiki_api::decode::{FieldValidation, Format};
use kontiki_api::kind::Kind;
use kontiki_api::request::{Request, Verb};
use kontiki_api::yaml::{self, Duplicates};
use serde_json::Value;

use super::Level;
use super::redact::{drop_managed_fields, redact};
use super::trail::{current, name_in};
use crate::authenticate::Impersonated;
use crate::decode;
use crate::server::{Answer, Content};

/// In which the leader tells another master what it noted.
const ANNOTATIONS: HeaderName = HeaderName::from_static("kontiki-audit-annotations");
/// How a Status begins.
const STATUS: &[u8] = b"{\"kind\":\"Status\"";
/// Longest text of that header.
const MAX_HEADER: usize = 16 << 10;

/// Notes `value` under `key`; what is noted first stands.
pub(crate) fn annotate(key: &str, value: impl Into<String>) {
    current(|request| {
        request.notes.lock().annotations.entry(key.to_owned()).or_insert_with(|| value.into());
    });
}

/// Whether as much as `level` is written down of the current request.
pub(crate) fn is_noted(level: Level) -> bool {
    current(|request| request.wanted.level >= level).unwrap_or_default()
}

/// Notes for whom the user speaks.
pub(crate) fn impersonates(other: &Impersonated) {
    current(|request| request.notes.lock().impersonated = Some(other.clone()));
}

/// Notes what `request` makes, which may have a name, and its body, where bodies are written down.
pub(crate) fn sent(kind: &Kind, request: &Request) {
    if request.verb == Verb::Create && request.target.name.is_empty() && is_noted(Level::Metadata) {
        current(|noted| noted.notes.lock().made = request.body.clone());
    }
    if !is_noted(Level::Request) || request.body.is_empty() {
        return;
    }
    let Some(mut body) = body_of(kind, request) else { return };
    current(|noted| {
        strip(kind, &mut body, noted.wanted.omit_managed_fields);
        noted.notes.lock().request = body;
    });
}

fn body_of(kind: &Kind, request: &Request) -> Option<Value> {
    if matches!(request.verb, Verb::Create | Verb::Update) {
        return match kind.subresource(&request.target.subresource) {
            Some(sub) => decode::subresource(sub, request, FieldValidation::Ignore, &mut Vec::new()).ok(),
            None => decode::object(kind, request, FieldValidation::Ignore, &mut Vec::new()).ok(),
        };
    }
    decode::check_shape(&request.body, Format::Yaml).ok()?;
    let json = serde_json::from_slice(&request.body).ok();
    json.or_else(|| yaml::read_body(&request.body, Duplicates::LastWins).ok())
}

/// Notes what is answered about `kind`.
pub(crate) fn answered(kind: &Kind, answer: &Answer) {
    if let Some(object) = answer.object() {
        note_name(object.key.name.clone());
    }
    if let Content::Value(value) = &answer.content
        && is_noted(Level::Metadata)
    {
        note_status(value);
    }
    if is_noted(Level::RequestResponse) && !matches!(answer.content, Content::Watch(..)) {
        note_answer(kind, &answer.to_json());
    }
}

/// Notes what the leader answered about `kind`, and what it noted itself.
pub(crate) fn answered_elsewhere(kind: &Kind, response: &Response<Bytes>) {
    take_over(response.headers());
    if is_noted(Level::Metadata) {
        note_name(name_in(response.body()).into());
        if response.body().starts_with(STATUS) {
            note_status(&serde_json::from_slice(response.body()).unwrap_or_default());
        }
    }
    if is_noted(Level::RequestResponse) {
        note_answer(kind, response.body());
    }
}

/// Notes `answer` where it is a Status.
fn note_status(answer: &Value) {
    if answer.get("kind").is_some_and(|kind| kind == "Status") {
        current(|request| request.notes.lock().status = Some(answer.clone()));
    }
}

fn note_name(name: Text) {
    if !name.is_empty() {
        current(|request| request.notes.lock().name = name);
    }
}

fn note_answer(kind: &Kind, json: &[u8]) {
    let Ok(mut body) = serde_json::from_slice(json) else { return };
    current(|request| {
        strip(kind, &mut body, request.wanted.omit_managed_fields);
        request.notes.lock().response = body;
    });
}

fn strip(kind: &Kind, body: &mut Value, omit_managed_fields: bool) {
    redact(kind, body);
    if omit_managed_fields {
        drop_managed_fields(body);
    }
}

/// The header that tells another master what was noted here; `None` where nothing was, or too much.
pub(crate) fn annotations() -> Option<(HeaderName, HeaderValue)> {
    let text = current(|request| {
        let notes = request.notes.lock();
        (!notes.annotations.is_empty()).then(|| serde_json::to_vec(&notes.annotations).unwrap_or_default())
    });
    let text = text.flatten().filter(|text| text.len() <= MAX_HEADER)?;
    HeaderValue::from_bytes(&text).ok().map(|value| (ANNOTATIONS, value))
}

/// Notes what another master noted.
fn take_over(headers: &HeaderMap) {
    let told = headers.get(ANNOTATIONS).and_then(|value| serde_json::from_slice(value.as_bytes()).ok());
    let told: std::collections::BTreeMap<String, String> = told.unwrap_or_default();
    for (key, value) in told {
        annotate(&key, value);
    }
}
