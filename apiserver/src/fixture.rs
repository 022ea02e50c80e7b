//! What the unit tests of this crate build clusters from.

use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_api::meta::Key;
use kontiki_api::object::Draft;
use kontiki_api::request::{Cause, RequestId, User, Verb};
use kontiki_api::time::Time;
use kontiki_store::{Change, Commit, MemoryStore, Op, Store};
use serde_json::Value;

use crate::authorize::Attributes;
use crate::bootstrap::{self, Bootstrap};

/// A moment.
pub(crate) const NOW: Time = Time::from_micros(1_790_000_000_000_000);

/// A store that holds the bootstrap objects.
pub(crate) async fn cluster() -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    bootstrap::run(&*store, &Kinds::builtin(), &config(), NOW).await.unwrap();
    store
}

pub(crate) fn config() -> Bootstrap {
    let (address, service_ip) = ("192.0.2.1".parse().unwrap(), "10.96.0.1".parse().unwrap());
    Bootstrap {
        address,
        further: Vec::new(),
        port: 6443,
        service_ip,
        authority: "authority".into(),
        front_proxy: "front proxy".into(),
    }
}

/// Makes or replaces `object`, past every check.
pub(crate) async fn put(store: &dyn Store, object: Value) {
    let kinds = Kinds::builtin();
    let kind = kinds.by_kind(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap()).unwrap();
    let key = key_of(&kind.resource, &object);
    let draft = Draft::new(key.clone(), object, &kind.field_pointers());
    commit(store, key, Op::Put(draft)).await;
}

/// Deletes an object.
pub(crate) async fn delete(store: &dyn Store, resource: &str, namespace: &str, name: &str) {
    commit(store, Key::new(resource, namespace, name), Op::Delete(None)).await;
}

/// `user` with groups, asking to `verb` `resource` (with `/subresource`) of `group` in `namespace`.
pub(crate) fn asks(user: &str, groups: &[&str], verb: &str, resource: &str, namespace: &str, name: &str) -> Attributes {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let (resource, group) = resource.split_once('.').unwrap_or((resource, ""));
    let groups = groups.iter().map(|group| (*group).into()).collect();
    Attributes {
        user: User { name: user.into(), groups, ..User::default() },
        verb: verb.into(),
        group: group.into(),
        resource: resource.into(),
        subresource: subresource.into(),
        namespace: namespace.into(),
        name: name.into(),
        path: "".into(),
        fields: Vec::new(),
    }
}

fn key_of(resource: &kontiki_api::meta::Resource, object: &Value) -> Key {
    let text = |name: &str| object["metadata"][name].as_str().unwrap_or_default();
    Key::new(resource.clone(), text("namespace"), text("name"))
}

async fn commit(store: &dyn Store, key: Key, op: Op) {
    let change = Change { key, op, sealed: false, history: true };
    let commit = Commit {
        id: RequestId(uuid::Uuid::new_v4().as_u128()),
        time: NOW,
        actor: User::default(),
        verb: Verb::Update,
        manager: "".into(),
        cause: Cause::System,
        leader: None,
        preconditions: Vec::new(),
        reserves: Vec::new(),
        changes: vec![change],
    };
    store.commit(commit).await.unwrap();
}

/// A request for ConfigMaps with a query.
pub(crate) fn asked(verb: Verb, query: &str) -> kontiki_api::request::Request {
    let target = kontiki_api::request::Target { version: "v1".into(), plural: "configmaps".into(), ..Default::default() };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    kontiki_api::request::Request {
        verb,
        target,
        query: pairs.map(|(name, value)| (name.into(), value.into())).collect(),
        content_type: "".into(),
        body: bytes::Bytes::new(),
        user: User::default(),
        cause: Cause::Request,
        id: None,
        leader: None,
        agent: "".into(),
    }
}
