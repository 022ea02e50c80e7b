//! What a repeated request is answered with.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use kontiki_api::request::{Request, RequestId, Verb};
use kontiki_store::Committed;
use serde_json::json;

use crate::commit::RETRIES;
use crate::server::{Answer, Content, Server};
use crate::write::success;

/// The answer to what was done under the id of `request`, for as long as the log's window holds it. A collection is
/// deleted again: what is gone stays gone.
pub(crate) fn first_outcome(server: &Server, kind: &Arc<Kind>, request: &Request) -> Option<Answer> {
    let id = request.id.filter(|_| request.verb != Verb::DeleteCollection)?;
    let attempt = |attempt: u32| server.config.store.outcome(RequestId(id.0.wrapping_add(u128::from(attempt))));
    let Committed { objects, .. } = (0..=RETRIES).find_map(attempt)?;
    let object = objects.into_iter().find(|object| object.key.resource == kind.resource)?;
    let content = |object: Arc<Object>| Content::Object(Arc::clone(kind), object);
    let (code, content) = match request.verb {
        Verb::Create if request.target.subresource.is_empty() => (201, content(object)),
        Verb::Create => (201, Content::Value(json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}))),
        Verb::Delete if is_gone(server, &object) => (200, Content::Value(success(kind, &object))),
        _ => (200, content(object)),
    };
    Some(Answer { code, content, warnings: Vec::new() })
}

fn is_gone(server: &Server, object: &Object) -> bool {
    server.config.store.get(&object.key).is_none_or(|now| now.head.uid != object.head.uid)
}
