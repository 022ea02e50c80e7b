use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::{Cause, RequestId, User, Verb};
use kontiki_api::time::Time;
use kontiki_store::{Batch, Change, Commit, CommitError, Committed, Op, Precondition, Requirement, Store, Watch};
use serde_json::json;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A key of `configmaps` in namespace `ns`.
pub fn key(ns: &str, name: &str) -> Key {
    Key::new("configmaps", ns, name)
}

/// A ConfigMap whose data is `text`, with the uid `uid-NAME`.
pub fn draft(key: &Key, text: &str) -> Draft {
    let uid = format!("uid-{}", key.name);
    let object = json!({"kind": "ConfigMap", "apiVersion": "v1",
        "metadata": {"name": &*key.name, "namespace": &*key.namespace, "uid": uid}, "data": {"text": text}});
    Draft::new(key.clone(), object, &[])
}

pub fn put(key: &Key, text: &str) -> Change {
    Change { key: key.clone(), op: Op::Put(draft(key, text)), sealed: false, history: true }
}

pub fn delete(key: &Key) -> Change {
    Change { key: key.clone(), op: Op::Delete(None), sealed: false, history: true }
}

pub fn needs(key: &Key, requirement: Requirement) -> Precondition {
    Precondition { key: key.clone(), requirement }
}

/// A commit of `changes` under an id of its own, at second 0.
pub fn commit(changes: Vec<Change>) -> Commit {
    Commit {
        id: RequestId(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)) << 64 | u128::from(std::process::id())),
        time: Time::from_micros(0),
        actor: User { name: "alice".into(), groups: vec!["system:masters".into()], ..User::default() },
        verb: Verb::Update,
        manager: "kubectl".into(),
        cause: Cause::Request,
        leader: None,
        preconditions: vec![],
        reserves: vec![],
        changes,
    }
}

/// The same at `seconds`.
pub fn commit_at(seconds: i64, changes: Vec<Change>) -> Commit {
    Commit { time: Time::from_micros(seconds * 1_000_000), ..commit(changes) }
}

pub async fn write(store: &dyn Store, key: &Key, text: &str) -> Committed {
    store.commit(commit(vec![put(key, text)])).await.expect("a write")
}

pub async fn remove(store: &dyn Store, key: &Key) -> Committed {
    store.commit(commit(vec![delete(key)])).await.expect("a deletion")
}

pub fn text(object: &Object) -> String {
    object.to_value()["data"]["text"].as_str().unwrap_or_default().to_owned()
}

pub fn texts(objects: &[Arc<Object>]) -> Vec<String> {
    objects.iter().map(|object| text(object)).collect()
}

pub async fn next(watch: &mut Watch) -> Batch {
    futures::StreamExt::next(watch).await.expect("the watch goes on").expect("nothing expired")
}

/// `name=text@revision`, with `-` for deletions.
pub fn shown(batch: &Batch) -> Vec<String> {
    let show = |event: &kontiki_store::Event| {
        let text = if event.deleted { "-".into() } else { text(&event.object) };
        format!("{}={text}@{}", event.object.key.name, event.object.revision)
    };
    batch.events.iter().map(show).collect()
}

pub fn is_precondition(error: &CommitError) -> bool {
    matches!(error, CommitError::Precondition { .. })
}

pub fn revision(number: u64) -> Revision {
    Revision(number)
}
