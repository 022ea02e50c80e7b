//! What the cluster remembers of its masters: an object each, which stays when a master is removed, so that its number
//! is not given out again.

use std::sync::Arc;

use anyhow::{Context, Result};
use kontiki_api::meta::Key;
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::{Cause, RequestId, User, Verb};
use kontiki_api::time::Time;
use kontiki_store::{Change, Commit, Op, Precondition, Range, Requirement, Store, Watch};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The collection; no kind of the API.
const COLLECTION: &str = "kontiki-members";

/// What is remembered of one master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Where its API is reached, `host:port`.
    pub api: String,
    /// Whether it only follows, until somebody promotes it.
    #[serde(default)]
    pub learner: bool,
    /// Whether it was removed.
    #[serde(default)]
    pub removed: bool,
}

/// Where the API of the member `id` is reached.
pub fn address_of(store: &dyn Store, id: u64) -> Option<String> {
    store.get(&key(id)).and_then(|object| read(&object)).map(|record| record.api)
}

/// All of them, by number.
pub fn all(store: &dyn Store) -> Vec<Record> {
    let mut records: Vec<Record> = store.list(&Range::Resource(COLLECTION.into())).objects.iter().filter_map(read).collect();
    records.sort_unstable_by_key(|record| record.id);
    records
}

/// What changes of them from now on.
pub fn watch(store: &dyn Store) -> Watch {
    let range = Range::Resource(COLLECTION.into());
    store.watch(&range, store.revision()).unwrap_or_else(|expired| Watch::new(futures::stream::iter([Err(expired)])))
}

/// Remembers `record`. With `new` only where its number has never been given out.
///
/// # Errors
/// The store's refusal.
pub async fn put(store: &dyn Store, record: &Record, new: bool, now: Time) -> Result<()> {
    let key = key(record.id);
    let object = json!({
        "apiVersion": "kontiki.io/v1", "kind": "Member", "metadata": {"name": &*key.name}, "spec": record,
    });
    let requirement = Requirement::Absent;
    let preconditions = if new { vec![Precondition { key: key.clone(), requirement }] } else { Vec::new() };
    let change = Change { key: key.clone(), op: Op::Put(Draft::new(key, object, &[])), sealed: false, history: true };
    write(store, change, preconditions, now).await.context("cannot remember the member")
}

/// Commits a change of the cluster's own records.
///
/// # Errors
/// The store's refusal.
pub async fn write(store: &dyn Store, change: Change, preconditions: Vec<Precondition>, now: Time) -> Result<()> {
    let commit = Commit {
        id: RequestId(rand()),
        time: now,
        actor: User { name: "system:kontiki".into(), groups: vec!["system:masters".into()], ..User::default() },
        verb: Verb::Update,
        manager: "kontiki".into(),
        cause: Cause::System,
        leader: None,
        preconditions,
        reserves: Vec::new(),
        changes: vec![change],
    };
    Ok(store.commit(commit).await.map(drop)?)
}

/// A number that nobody guesses.
pub fn rand() -> u128 {
    let mut bytes = [0; 16];
    // Where the system has no randomness, the store refuses a repeated id's other content: nothing is lost.
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    u128::from_be_bytes(bytes)
}

fn key(id: u64) -> Key {
    Key::new(COLLECTION, "", id.to_string())
}

fn read(object: &Arc<Object>) -> Option<Record> {
    serde_json::from_value(object.to_value().get("spec")?.clone()).ok()
}
