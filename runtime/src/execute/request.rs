//! One intent as one request.

use bytes::Bytes;
use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::Key;
use kontiki_api::request::{Cause, PatchType, Request, RequestId, Target, Verb};
use kontiki_api::status::Status;
use serde_json::{Map, Value, json};

use super::Identity;
use crate::plan::{Intent, Precondition, Propagation};

/// Who sends a request and why.
#[derive(Clone, Debug)]
pub struct Addressing<'a> {
    /// As whom.
    pub identity: &'a Identity,
    /// Why.
    pub cause: Cause,
    /// Under which id it may be repeated.
    pub id: RequestId,
}

/// The request that carries out `intent`; `None` for events and tokens, which are several.
///
/// # Errors
/// Where the intent names a kind that `kinds` does not know.
pub fn request(intent: &Intent, kinds: &Kinds, from: Addressing<'_>) -> Result<Option<Request>, Status> {
    let json = "application/json";
    Ok(Some(match intent {
        Intent::Create { object } => {
            let target = Target { name: "".into(), ..target_of(object, kinds)? };
            from.send(Verb::Create, target, json, object)
        }
        Intent::Patch { on, subresource, r#type, body } => {
            let body = guarded_patch(on, *r#type, body);
            from.send(Verb::Patch, on.target(subresource), r#type.media_type(), &body)
        }
        Intent::Replace { on, subresource, body } => {
            let mut body = body.clone();
            guard(&mut body, on);
            from.send(Verb::Update, on.target(subresource), json, &body)
        }
        Intent::Delete { on, grace_seconds, propagation } => {
            let body = delete_options(on, *grace_seconds, Some(*propagation));
            from.send(Verb::Delete, on.target(""), json, &body)
        }
        Intent::Post { on, subresource, body } => {
            from.send(Verb::Create, on.target(subresource), json, &guarded_post(on, subresource, body))
        }
        Intent::IssueToken { .. } | Intent::Event(_) => return Ok(None),
    }))
}

/// The key of the object that `intent` writes; `None` for events and unknown kinds.
pub fn address(intent: &Intent, kinds: &Kinds) -> Option<Key> {
    match intent {
        Intent::Create { object } => {
            let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let row = kinds.by_kind(text("/apiVersion"), text("/kind"))?;
            Some(Key::new(row.resource.clone(), text("/metadata/namespace"), text("/metadata/name")))
        }
        Intent::Patch { on, .. }
        | Intent::Replace { on, .. }
        | Intent::Delete { on, .. }
        | Intent::Post { on, .. }
        | Intent::IssueToken { on, .. } => Some(on.key.clone()),
        Intent::Event(_) => None,
    }
}

impl Addressing<'_> {
    pub(super) fn send(&self, verb: Verb, target: Target, content_type: &str, body: &Value) -> Request {
        Request {
            verb,
            target,
            query: Vec::new(),
            content_type: content_type.into(),
            body: Bytes::from(body.to_string()),
            user: self.identity.user.clone(),
            cause: self.cause.clone(),
            id: Some(self.id),
            leader: None,
            agent: self.identity.agent.clone(),
        }
    }
}

impl Precondition {
    /// The path of the object, or of a subresource of it.
    pub fn target(&self, subresource: &str) -> Target {
        let version = self.api_version.rsplit('/').next().unwrap_or_default();
        Target {
            group: self.key.resource.group().into(),
            version: version.into(),
            plural: self.key.resource.plural().into(),
            namespace: self.key.namespace.clone(),
            name: self.key.name.clone(),
            subresource: subresource.into(),
        }
    }
}

/// The path of the object that `object` is.
pub(super) fn target_of(object: &Value, kinds: &Kinds) -> Result<Target, Status> {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("/apiVersion"), text("/kind"));
    let unknown = || Status::bad_request(format!("an intent creates an object of unknown kind {api_version:?} {kind:?}"));
    let row = kinds.by_kind(api_version, kind).ok_or_else(unknown)?;
    Ok(Target {
        group: row.group.clone(),
        version: row.version.clone(),
        plural: row.plural.clone(),
        namespace: text("/metadata/namespace").into(),
        name: text("/metadata/name").into(),
        subresource: Text::from(""),
    })
}

fn delete_options(on: &Precondition, grace_seconds: Option<u32>, propagation: Option<Propagation>) -> Value {
    let mut preconditions = Map::new();
    if !on.uid.is_empty() {
        preconditions.insert("uid".into(), json!(on.uid));
    }
    if let Some(revision) = on.revision {
        preconditions.insert("resourceVersion".into(), json!(revision.to_string()));
    }
    let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions});
    if let Some(seconds) = grace_seconds {
        options["gracePeriodSeconds"] = json!(seconds);
    }
    if let Some(propagation) = propagation {
        options["propagationPolicy"] = json!(format!("{propagation:?}"));
    }
    options
}

fn guarded_patch(on: &Precondition, form: PatchType, body: &Value) -> Value {
    let mut body = body.clone();
    if form != PatchType::Json {
        guard(&mut body, on);
    } else if let Some(operations) = body.as_array_mut() {
        let add = |field: &str, value: String| json!({"op": "add", "path": format!("/metadata/{field}"), "value": value});
        if let Some(revision) = on.revision {
            operations.insert(0, add("resourceVersion", revision.to_string()));
        }
        if !on.uid.is_empty() {
            operations.insert(0, add("uid", on.uid.to_string()));
        }
    }
    body
}

fn guarded_post(on: &Precondition, subresource: &str, body: &Value) -> Value {
    let mut body = body.clone();
    match subresource {
        "binding" => guard(&mut body, on),
        "eviction" if body.get("deleteOptions").is_none() => body["deleteOptions"] = delete_options(on, None, None),
        _ => {}
    }
    if let Some(meta) = metadata(&mut body) {
        meta.insert("name".into(), json!(on.key.name));
        meta.insert("namespace".into(), json!(on.key.namespace));
    }
    body
}

/// Writes uid and revision as read into `metadata`: the server refuses with 409 where they differ.
fn guard(body: &mut Value, on: &Precondition) {
    let Some(meta) = metadata(body) else { return };
    if !on.uid.is_empty() {
        meta.insert("uid".into(), json!(on.uid));
    }
    if let Some(revision) = on.revision {
        meta.insert("resourceVersion".into(), json!(revision.to_string()));
    }
}

fn metadata(body: &mut Value) -> Option<&mut Map<String, Value>> {
    body.as_object_mut()?.entry("metadata").or_insert_with(|| json!({})).as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_api::meta::Revision;

    fn on() -> Precondition {
        Precondition { key: Key::new("pods", "ns", "a"), api_version: "v1".into(), uid: "u".into(), revision: Some(Revision(7)) }
    }

    fn sent(intent: &Intent) -> (Request, Value) {
        let identity = Identity::controller("x");
        let from = Addressing { identity: &identity, cause: Cause::System, id: RequestId(1) };
        let request = request(intent, &Kinds::builtin(), from).expect("a known kind").expect("one request");
        let body = serde_json::from_slice(&request.body).expect("JSON");
        (request, body)
    }

    #[test]
    fn a_patch_carries_uid_and_revision_in_its_body() {
        let body = json!({"status": {"phase": "Running"}});
        let (request, body) = sent(&Intent::Patch { on: on(), subresource: "status".into(), r#type: PatchType::Merge, body });
        assert_eq!(body, json!({"status": {"phase": "Running"}, "metadata": {"uid": "u", "resourceVersion": "7"}}));
        assert_eq!((&*request.target.name, &*request.target.subresource), ("a", "status"));
        let (_, body) = sent(&Intent::Patch { on: on(), subresource: "".into(), r#type: PatchType::Json, body: json!([]) });
        assert_eq!(body[0]["path"], "/metadata/uid");
        assert_eq!(body[1]["value"], "7");
    }

    #[test]
    fn a_deletion_carries_preconditions() {
        let (_, body) = sent(&Intent::Delete { on: on(), grace_seconds: Some(0), propagation: Propagation::Background });
        assert_eq!(body["preconditions"], json!({"uid": "u", "resourceVersion": "7"}));
        assert_eq!(body["propagationPolicy"], "Background");
        assert_eq!(body["gracePeriodSeconds"], 0);
    }

    #[test]
    fn a_creation_goes_to_the_collection_of_its_kind() {
        let object = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "w", "namespace": "ns"}});
        let (request, _) = sent(&Intent::Create { object });
        assert_eq!((&*request.target.group, &*request.target.plural, &*request.target.name), ("apps", "replicasets", ""));
    }
}
