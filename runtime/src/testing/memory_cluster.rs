//! The least that behaves like an API server.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::{Draft, Object};
use kontiki_api::patch;
use kontiki_api::request::{PatchType, Request, RequestId, Verb};
use kontiki_api::status::{Reason, Status};
use kontiki_api::time::Time;
use serde_json::{Value, json};

use crate::client::{Answer, Changed};
use crate::engine::merge;
use crate::plan::Precondition;

/// Objects in memory with revisions, uids, generations, finalizers, preconditions and repeatable
/// requests. It has no defaults beyond the rows', no validation, no authorization, no grace.
#[derive(Debug)]
pub struct MemoryCluster {
    kinds: Arc<Kinds>,
    objects: BTreeMap<Key, Arc<Object>>,
    revision: Revision,
    answers: HashMap<RequestId, Result<Answer, Status>>,
    changes: Vec<(Revision, Changed)>,
    now: Time,
}

impl Default for MemoryCluster {
    fn default() -> Self {
        Self {
            kinds: Arc::new(Kinds::builtin()),
            objects: BTreeMap::new(),
            revision: Revision::ZERO,
            answers: HashMap::new(),
            changes: Vec::new(),
            now: Time::from_micros(1_767_323_045_000_000),
        }
    }
}

impl MemoryCluster {
    /// The newest revision.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The cluster's clock.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Moves the clock.
    pub fn pass_time(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    /// Every object, in key order.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.values()
    }

    /// One object.
    pub fn get(&self, key: &Key) -> Option<&Arc<Object>> {
        self.objects.get(key)
    }

    /// The kinds it knows.
    pub fn kinds(&self) -> &Arc<Kinds> {
        &self.kinds
    }

    /// The changes after `revision`, in order.
    pub fn changes_after(&self, revision: Revision) -> impl Iterator<Item = &(Revision, Changed)> {
        let at = self.changes.partition_point(|(at, _)| *at <= revision);
        self.changes.get(at..).unwrap_or_default().iter()
    }

    /// Puts an object in place as it is, status included; what it lacks of uid, time and generation is filled in.
    ///
    /// # Errors
    /// Where its kind is not known.
    pub fn put(&mut self, object: Value) -> Result<Arc<Object>, Status> {
        let kind = self.kind_of(&object)?;
        let key = key_of(&kind, &object);
        let uid = self.objects.get(&key).map(|held| held.head.uid.to_string());
        let object = self.prepared(&kind, object, uid);
        Ok(self.publish(&kind, key, object))
    }

    /// Deletes an object as a user would; finalizers are respected.
    ///
    /// # Errors
    /// Where it is not there.
    pub fn delete(&mut self, key: &Key) -> Result<(), Status> {
        let held = self.objects.get(key).cloned().ok_or_else(|| not_found(key))?;
        let api_version = held.to_value().get("apiVersion").and_then(Value::as_str).unwrap_or_default().into();
        let on = Precondition { key: key.clone(), api_version, uid: "".into(), revision: None };
        let kind = self.kind(&on.target(""))?;
        self.delete_object(&kind, &held, &json!({})).map(drop)
    }

    /// Merges `patch` into an object or a subresource of it, as a user does.
    ///
    /// # Errors
    /// Where it is not there, or the change is refused.
    pub fn merge(&mut self, key: &Key, subresource: &str, patch: &Value) -> Result<(), Status> {
        let held = self.objects.get(key).cloned().ok_or_else(|| not_found(key))?;
        let mut new = held.to_value();
        let kind = self.kind_of(&new)?;
        merge(&mut new, patch);
        self.write(&kind, &held, new, subresource).map(drop)
    }

    /// Answers one request; a repeated id with its first outcome.
    ///
    /// # Errors
    /// As an API server refuses.
    pub fn call(&mut self, request: &Request) -> Result<Answer, Status> {
        if let Some(answer) = request.id.and_then(|id| self.answers.get(&id)) {
            return answer.clone();
        }
        let answer = self.answer(request);
        if let Some(id) = request.id.filter(|_| answer.is_ok()) {
            self.answers.insert(id, answer.clone());
        }
        answer
    }

    fn answer(&mut self, request: &Request) -> Result<Answer, Status> {
        let kind = self.kind(&request.target)?;
        let key = Key::new(kind.resource.clone(), request.target.namespace.clone(), request.target.name.clone());
        if request.verb == Verb::Create && request.target.subresource.is_empty() {
            return self.create(&kind, read(&request.body)?);
        }
        let held = self.objects.get(&key).cloned().ok_or_else(|| not_found(&key))?;
        match (request.verb, &*request.target.subresource) {
            (Verb::Get, _) => Ok(answer(200, &held)),
            (Verb::Create, "binding") => {
                let body = read(&request.body)?;
                self.bind(&kind, &held, &body)
            }
            (Verb::Create, "eviction") => self.delete_object(&kind, &held, &json!({})),
            (Verb::Delete, _) => {
                let options = if request.body.is_empty() { json!({}) } else { read(&request.body)? };
                self.delete_object(&kind, &held, &options)
            }
            (Verb::Update, subresource) => self.write(&kind, &held, read(&request.body)?, subresource),
            (Verb::Patch, subresource) => {
                let form = form_of(&request.content_type)?;
                let new = patch::apply(&kind, form, &request.body, &held.to_value())?;
                self.write(&kind, &held, new, subresource)
            }
            (verb, subresource) => Err(Status::bad_request(format!("{verb:?} of {subresource:?} is not played here"))),
        }
    }

    fn create(&mut self, kind: &Arc<Kind>, object: Value) -> Result<Answer, Status> {
        let key = key_of(kind, &object);
        if self.objects.contains_key(&key) {
            return Err(Status::already_exists(key.resource.group(), key.resource.plural(), &key.name));
        }
        let namespace = Key::new("namespaces", "", key.namespace.clone());
        if self.objects.get(&namespace).is_some_and(|held| held.head.deleted.is_some()) {
            let why = format!("unable to create new content in namespace {} because it is being terminated", key.namespace);
            return Err(Status::forbidden(key.resource.group(), key.resource.plural(), &key.name, &why));
        }
        let object = self.prepared(kind, object, None);
        Ok(answer(201, &self.publish(kind, key, object)))
    }

    fn bind(&mut self, kind: &Arc<Kind>, held: &Arc<Object>, binding: &Value) -> Result<Answer, Status> {
        check(held, binding)?;
        let mut object = held.to_value();
        if object.pointer("/spec/nodeName").and_then(Value::as_str).is_some_and(|node| !node.is_empty()) {
            return Err(conflict(held, "the pod is bound already"));
        }
        object["spec"]["nodeName"] = binding.pointer("/target/name").cloned().unwrap_or_default();
        object["status"]["conditions"] = json!([{"type": "PodScheduled", "status": "True"}]);
        Ok(answer(201, &self.publish(kind, held.key.clone(), object)))
    }

    fn write(&mut self, kind: &Arc<Kind>, held: &Arc<Object>, mut new: Value, subresource: &str) -> Result<Answer, Status> {
        check(held, &new)?;
        (kind.hooks.default)(&mut new);
        let old = held.to_value();
        if subresource == "status" {
            let mut meta = old["metadata"].clone();
            for field in kind.status_takes {
                meta = with_field(meta, field, new["metadata"].get(*field));
            }
            new = with_field(with_field(old.clone(), "status", new.get("status")), "metadata", Some(&meta));
        } else if kind.subresource("status").is_some() {
            new = with_field(new, "status", old.get("status"));
        }
        for field in ["uid", "creationTimestamp", "deletionTimestamp", "generation", "resourceVersion"] {
            let kept = old.pointer(&format!("/metadata/{field}"));
            if let Some(meta) = new.get_mut("metadata") {
                *meta = with_field(meta.take(), field, kept);
            }
        }
        if new == old {
            return Ok(answer(200, held));
        }
        if new.get("spec") != old.get("spec") {
            new["metadata"]["generation"] = json!(held.head.generation + 1);
        }
        if held.head.deleted.is_some() && !is_finalized_later(&new) {
            return Ok(self.remove(held));
        }
        Ok(answer(200, &self.publish(kind, held.key.clone(), new)))
    }

    fn delete_object(&mut self, kind: &Arc<Kind>, held: &Arc<Object>, options: &Value) -> Result<Answer, Status> {
        check(held, &json!({"metadata": options.get("preconditions")}))?;
        let mut object = held.to_value();
        let finalizer = match options.get("propagationPolicy").and_then(Value::as_str) {
            Some("Foreground") => Some("foregroundDeletion"),
            Some("Orphan") => Some("orphan"),
            _ => None,
        };
        if let Some(finalizer) = finalizer.filter(|name| !held.head.finalizers.iter().any(|held| **held == **name)) {
            let mut finalizers: Vec<Value> = held.head.finalizers.iter().map(|name| json!(name)).collect();
            finalizers.push(json!(finalizer));
            object["metadata"]["finalizers"] = finalizers.into();
        }
        if !is_finalized_later(&object) {
            return Ok(self.remove(held));
        }
        if held.head.deleted.is_none() {
            object["metadata"]["deletionTimestamp"] = json!(self.now.seconds());
        }
        if &*kind.plural == "namespaces" {
            object["status"]["phase"] = json!("Terminating");
        }
        Ok(answer(200, &self.publish(kind, held.key.clone(), object)))
    }

    fn remove(&mut self, held: &Arc<Object>) -> Answer {
        self.revision.0 += 1;
        self.objects.remove(&held.key);
        let object = held.republished(self.revision);
        self.changes.push((self.revision, Changed { object: Arc::clone(&object), deleted: true }));
        answer(200, &object)
    }

    fn publish(&mut self, kind: &Kind, key: Key, object: Value) -> Arc<Object> {
        self.revision.0 += 1;
        let object = Draft::new(key.clone(), object, &kind.field_pointers()).at(self.revision);
        self.objects.insert(key, Arc::clone(&object));
        self.changes.push((self.revision, Changed { object: Arc::clone(&object), deleted: false }));
        object
    }

    fn prepared(&self, kind: &Kind, mut object: Value, uid: Option<String>) -> Value {
        (kind.hooks.default)(&mut object);
        if &*kind.plural == "namespaces" && object.pointer("/spec/finalizers").is_none() {
            object["spec"]["finalizers"] = json!(["kubernetes"]);
        }
        let uid = uid.unwrap_or_else(|| format!("uid-{}", self.revision.0 + 1));
        let fill = [("uid", json!(uid)), ("creationTimestamp", json!(self.now.seconds())), ("generation", json!(1))];
        for (field, value) in fill {
            if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                meta.entry(field).or_insert(value);
            }
        }
        object
    }

    fn kind(&self, target: &kontiki_api::request::Target) -> Result<Arc<Kind>, Status> {
        let row = self.kinds.get(&target.group, &target.version, &target.plural);
        row.cloned().ok_or_else(|| Status::not_found(&target.group, &target.plural, &target.name))
    }

    fn kind_of(&self, object: &Value) -> Result<Arc<Kind>, Status> {
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
        let row = self.kinds.by_kind(text("apiVersion"), text("kind"));
        row.cloned().ok_or_else(|| Status::bad_request(format!("no kind {} {}", text("apiVersion"), text("kind"))))
    }
}

fn key_of(kind: &Kind, object: &Value) -> Key {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    Key::new(kind.resource.clone(), text("/metadata/namespace"), text("/metadata/name"))
}

fn read(body: &Bytes) -> Result<Value, Status> {
    serde_json::from_slice(body).map_err(|error| Status::bad_request(error.to_string()))
}

fn form_of(content_type: &str) -> Result<PatchType, Status> {
    let forms = [PatchType::Json, PatchType::Merge, PatchType::Strategic, PatchType::Apply];
    let form = forms.into_iter().find(|form| form.media_type() == content_type);
    form.ok_or_else(|| Status::new(Reason::UnsupportedMediaType, content_type))
}

fn answer(code: u16, object: &Arc<Object>) -> Answer {
    Answer { code, body: object.to_json(), object: Some(Arc::clone(object)), revision: Some(object.revision) }
}

fn not_found(key: &Key) -> Status {
    Status::not_found(key.resource.group(), key.resource.plural(), &key.name)
}

fn conflict(held: &Object, why: &str) -> Status {
    Status::conflict(held.key.resource.group(), held.key.resource.plural(), &held.key.name, why)
}

/// Uid and revision in `metadata` of `body` must be those held.
fn check(held: &Object, body: &Value) -> Result<(), Status> {
    let wanted = |field| body.pointer(&format!("/metadata/{field}")).and_then(Value::as_str).filter(|text| !text.is_empty());
    if wanted("uid").is_some_and(|uid| *uid != *held.head.uid) {
        return Err(conflict(held, "it has another uid"));
    }
    if wanted("resourceVersion").is_some_and(|revision| revision != held.revision.to_string()) {
        return Err(conflict(held, "the object has been modified; please apply your changes to the latest version"));
    }
    Ok(())
}

fn is_finalized_later(object: &Value) -> bool {
    let any = |pointer| object.pointer(pointer).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let is_namespace = object.get("kind").and_then(Value::as_str) == Some("Namespace");
    any("/metadata/finalizers") || is_namespace && any("/spec/finalizers")
}

fn with_field(mut object: Value, field: &str, value: Option<&Value>) -> Value {
    if let Some(map) = object.as_object_mut() {
        match value {
            Some(value) => drop(map.insert(field.into(), value.clone())),
            None => drop(map.shift_remove(field)),
        }
    }
    object
}
