//! What a repeated request is answered with.

use std::sync::Arc;

use futures::{FutureExt, StreamExt};
use kontiki_api::kind::Kind;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::request::{Request, RequestId, Verb};
use kontiki_store::{Committed, Range, Store};
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
    let own = objects.into_iter().filter(|object| object.key.resource == kind.resource);
    let object = own.reduce(|first, later| if later.key == first.key { later } else { first })?;
    let content = |object: Arc<Object>| Content::Object(Arc::clone(kind), object);
    let (code, content) = match request.verb {
        Verb::Create if request.target.subresource.is_empty() => (201, content(object)),
        Verb::Create => (201, Content::Value(json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}))),
        Verb::Delete if !kind.returns_deleted && is_gone(server, &object) => (200, Content::Value(success(kind, &object))),
        _ => (if made(&*server.config.store, &object) { 201 } else { 200 }, content(object)),
    };
    Some(Answer { code, content, warnings: Vec::new() })
}

/// Whether `object` is as it was made, rather than changed: what a watch of it begins with tells.
fn made(store: &dyn Store, object: &Object) -> bool {
    let before = Revision(object.revision.0.saturating_sub(1));
    let watched = store.watch(&Range::Key(object.key.clone()), before).ok();
    let first = watched.and_then(|mut watch| watch.next().now_or_never().flatten());
    let batch = first.and_then(Result::ok);
    batch.is_some_and(|batch| {
        batch.events.iter().any(|event| event.object.revision == object.revision && event.previous.is_none())
    })
}

fn is_gone(server: &Server, object: &Object) -> bool {
    server.config.store.get(&object.key).is_none_or(|now| now.head.uid != object.head.uid)
}

#[cfg(test)]
mod tests {
    use kontiki_api::meta::Key;
    use kontiki_store::MemoryStore;

    use super::*;
    use crate::fixture::put;

    #[tokio::test]
    async fn what_was_made_is_told_from_what_was_changed() {
        let store = MemoryStore::new();
        let key = Key::new("configmaps", "n", "c");
        let mut seen = Vec::new();
        for value in ["1", "2"] {
            let metadata = json!({"name": "c", "namespace": "n"});
            put(&store, json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": value}})).await;
            let object = store.get(&key).unwrap();
            seen.push(made(&store, &object));
        }
        assert_eq!(seen, [true, false]);
    }
}
