//! Tokens for service accounts.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_api::status::Status;
use kontiki_store::Store;
use serde_json::{Value, json};

use super::fields::{answered, invalid, text, texts};
use crate::Clock;
use crate::authenticate::{BoundRef, BoundToken, ISSUER, Subject, Tokens};
use crate::authorize::node_of;
use crate::virtuals::{Question, Virtual};

const GROUP: &str = "authentication.k8s.io";
const KIND: &str = "TokenRequest";
const MIN_SECONDS: i64 = 600;
const MAX_SECONDS: i64 = 1 << 32;
const DEFAULT_SECONDS: i64 = 3600;

/// Answers `serviceaccounts/token`. A kubelet gets tokens only for pods on its node.
pub(super) struct TokenRequest {
    pub store: Arc<dyn Store>,
    pub tokens: Arc<Tokens>,
    pub clock: Clock,
}

/// What a token is bound to.
#[derive(Default)]
struct Bound {
    pod: Option<BoundRef>,
    secret: Option<BoundRef>,
    node: Option<BoundRef>,
}

#[async_trait]
impl Virtual for TokenRequest {
    async fn create(&self, question: Question<'_>) -> Result<Value, Status> {
        let account = question.parent.as_ref().ok_or_else(|| Status::not_found("", "serviceaccounts", &question.target.name))?;
        about(&question.body, account)?;
        let seconds = seconds(&question.body)?;
        let mut audiences = texts(&question.body, "/spec/audiences");
        if audiences.is_empty() {
            audiences.push(ISSUER.into());
        }
        let bound = self.bound(&question, account)?;
        let now = (self.clock)();
        let wanted = BoundToken {
            subject: subject(account),
            audiences: audiences.clone(),
            lifetime_seconds: seconds,
            pod: bound.pod,
            secret: bound.secret,
            node: bound.node,
            id: uuid::Uuid::new_v4().to_string(),
        };
        let token = match question.dry_run {
            true => String::new(),
            false => self.tokens.bound(&wanted, now).map_err(|error| Status::internal(error.to_string()))?,
        };
        let ends = now.plus(Duration::from_secs(seconds.unsigned_abs()));
        let mut body = question.body;
        body["metadata"] = json!({
            "name": &*account.key.name, "namespace": &*account.key.namespace, "uid": &*account.head.uid,
            "creationTimestamp": now.seconds(),
        });
        body["spec"]["audiences"] = json!(audiences);
        body["spec"]["expirationSeconds"] = json!(seconds);
        Ok(answered(body, json!({"token": token, "expirationTimestamp": ends.seconds()})))
    }
}

impl TokenRequest {
    fn bound(&self, question: &Question<'_>, account: &Object) -> Result<Bound, Status> {
        let reference = question.body.pointer("/spec/boundObjectRef").filter(|reference| reference.is_object());
        let node = node_of(question.user);
        let refused = |why: &str| Err(Status::forbidden("", "serviceaccounts", &account.key.name, why));
        let Some(reference) = reference else {
            return if node.is_some() { refused("node requested token not bound to a pod") } else { Ok(Bound::default()) };
        };
        let kind = text(reference, "/kind");
        if node.is_some() && kind != "Pod" {
            return refused("node requested token not bound to a pod");
        }
        let namespace = &account.key.namespace;
        let version = text(reference, "/apiVersion");
        match kind {
            _ if version.contains('/') => Err(unsupported(version, kind)),
            "Pod" => {
                let pod = self.find(Key::new("pods", namespace.clone(), text(reference, "/name")), reference)?;
                let spec = pod.to_value();
                let runs_on = text(&spec, "/spec/nodeName");
                if node.is_some_and(|node| node != runs_on) {
                    return refused("node requested token bound to a pod scheduled on a different node");
                }
                if text(&spec, "/spec/serviceAccountName") != &*account.key.name {
                    let name = &*account.key.name;
                    let why = format!(
                        "cannot bind token for serviceaccount {name:?} to pod running with different serviceaccount name."
                    );
                    return Err(Status::bad_request(why));
                }
                let node = self.store.get(&Key::new("nodes", "", runs_on)).map(|node| named(&node));
                Ok(Bound { pod: Some(named(&pod)), node, secret: None })
            }
            "Secret" => {
                let secret = self.find(Key::new("secrets", namespace.clone(), text(reference, "/name")), reference)?;
                Ok(Bound { secret: Some(named(&secret)), ..Bound::default() })
            }
            "Node" => {
                let node = self.find(Key::new("nodes", "", text(reference, "/name")), reference)?;
                Ok(Bound { node: Some(named(&node)), ..Bound::default() })
            }
            other => Err(unsupported(version, other)),
        }
    }

    /// The object of a reference: of the uid it says, where it says one.
    fn find(&self, key: Key, reference: &Value) -> Result<Arc<Object>, Status> {
        let missing = || Status::not_found(key.resource.group(), key.resource.plural(), &key.name);
        let object = self.store.get(&key).ok_or_else(missing)?;
        let (asked, found) = (text(reference, "/uid"), &*object.head.uid);
        if !asked.is_empty() && asked != found {
            let why = format!(
                "the UID in the bound object reference ({asked}) does not match the UID in record. \
                 The object might have been deleted and then recreated"
            );
            return Err(Status::conflict("", text(reference, "/kind"), &key.name, &why));
        }
        Ok(object)
    }
}

/// Whether a request that says which account it is about means this one.
fn about(body: &Value, account: &Object) -> Result<(), Status> {
    let said = |field: &str| Some(text(body, field)).filter(|said| !said.is_empty());
    let (name, uid) = (&*account.key.name, &*account.head.uid);
    if let Some(said) = said("/metadata/name").filter(|said| *said != name) {
        let mut faults = Faults::default();
        let detail = "must match the service account name if specified";
        faults.invalid_text(&Path::new("metadata").child("name"), said, detail);
        return Err(Status::invalid_value(GROUP, KIND, name, &faults.into_errors()));
    }
    match said("/metadata/uid").filter(|said| *said != uid) {
        Some(said) => {
            let why = format!("the UID in the token request ({said}) does not match the UID of the service account ({uid})");
            Err(Status::conflict(GROUP, KIND, name, &why))
        }
        None => Ok(()),
    }
}

fn unsupported(version: &str, kind: &str) -> Status {
    // As Go prints a kind: `/v1, Kind=ConfigMap`.
    let version = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
    Status::bad_request(format!("cannot bind token to object of type {version}, Kind={kind}"))
}

fn seconds(body: &Value) -> Result<i64, Status> {
    let seconds = body.pointer("/spec/expirationSeconds").and_then(Value::as_i64).unwrap_or(DEFAULT_SECONDS);
    let wrong = |detail| Err(invalid(KIND, GROUP, "spec.expirationSeconds", &seconds.to_string(), detail));
    match seconds {
        ..MIN_SECONDS => wrong("may not specify a duration less than 10 minutes"),
        MIN_SECONDS..=MAX_SECONDS => Ok(seconds),
        _ => wrong("may not specify a duration larger than 2^32 seconds"),
    }
}

fn subject(account: &Object) -> Subject {
    Subject { namespace: account.key.namespace.clone(), name: account.key.name.clone(), uid: account.head.uid.clone() }
}

fn named(object: &Object) -> BoundRef {
    BoundRef { name: object.key.name.clone(), uid: object.head.uid.clone() }
}
