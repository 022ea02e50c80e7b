//! What a master answers about keys, under `/kontiki/v1/keys`.

use std::sync::Arc;

use http::Method;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::status::{Reason, Status};
use kontiki_apiserver::pki::Pki;
use kontiki_runtime::clock::{Clock, SystemClock};
use kontiki_store::{KeyError, SqliteStore, Store, destroy};
use serde_json::{Value, json};

use super::progress::Progress;
use super::rotate::{Others, rotate};
use super::tokens::TokenKeys;
use crate::members::write_record;

/// Answers about the keys of one master, and rotates them while it leads.
pub struct Keys {
    others: Others,
    tokens: TokenKeys,
    rotation: Progress,
    rewrap: Progress,
}

impl Keys {
    /// The keys of the master `id`, which asks others with what `pki` issues; `tokens` are those of service-account tokens.
    pub fn new(id: u64, pki: Arc<Pki>, tokens: TokenKeys) -> Self {
        Self { others: Others { id, pki }, tokens, rotation: Progress::default(), rewrap: Progress::default() }
    }

    /// Whether keys are being rotated now: whoever joins would lack the new one.
    pub fn is_rotating(&self) -> bool {
        self.rotation.is_running() || self.tokens.is_rotating()
    }

    /// The answer to what is asked of this master itself; `None` where the leader is to answer.
    pub async fn answer(
        &self,
        store: &Arc<SqliteStore>,
        method: &Method,
        words: &[&str],
        body: &[u8],
    ) -> Option<Result<Value, Status>> {
        Some(match (method, words) {
            (&Method::GET, []) => Ok(self.status(store)),
            (&Method::POST, ["rewrap"]) => Ok(self.start_rewrap(store)),
            (&Method::GET, ["tokens"]) => Ok(self.tokens.told()),
            (&Method::POST, ["tokens"]) => self.set_tokens(body),
            (&Method::GET, ["rewrap", "ended"]) => Ok(self.rewrap.ended().await),
            (&Method::POST, ["forget"]) => store.forget_keys().await.map(|()| json!({})).map_err(|error| refusal(&error)),
            (&Method::POST, [number, "learn"]) => learn(store, number, body),
            (&Method::POST, [number, "seal"]) => seal(store, number).await,
            _ => return None,
        })
    }

    /// The answer of the master that leads.
    pub async fn lead(&self, store: &Arc<SqliteStore>, method: &Method, words: &[&str], body: &[u8]) -> Result<Value, Status> {
        match (method, words) {
            (&Method::POST, ["rotate"]) => {
                let (store, others) = (Arc::clone(store), self.others.clone());
                self.rotation.start(|progress| async move { rotate(&store, &others, &progress).await });
                Ok(json!({}))
            }
            (&Method::GET, ["rotation", "after", seen]) => Ok(self.rotation.after(change(seen)?).await),
            (&Method::POST, ["tokens", "rotate"]) => told(self.tokens.rotate(store, &self.others).await),
            (&Method::POST, ["tokens", "forget"]) => told(self.tokens.forget(store, &self.others).await),
            (&Method::POST, ["destroy"]) => self.destroy(store, body).await,
            _ => Err(Status::unknown()),
        }
    }

    fn status(&self, store: &SqliteStore) -> Value {
        let keys = store.keys();
        json!({"known": keys.known, "seals": keys.seals, "rewrapped": store.rewrapped(), "rewrap": self.rewrap.told()})
    }

    /// The keys of service-account tokens, PEM: those that join are given them.
    pub fn of_tokens(&self) -> String {
        self.tokens.tokens.pems().concat()
    }

    fn set_tokens(&self, body: &[u8]) -> Result<Value, Status> {
        let body: Value = serde_json::from_slice(body).map_err(|error| Status::bad_request(error.to_string()))?;
        let keys = body.get("keys").and_then(Value::as_str).unwrap_or_default();
        let only = body.get("only").and_then(Value::as_bool).unwrap_or_default();
        let taken = if only { self.tokens.take_only(keys) } else { self.tokens.take(keys) };
        taken.map(|()| json!({})).map_err(|error| Status::new(Reason::Conflict, format!("{error:#}")))
    }

    fn start_rewrap(&self, store: &Arc<SqliteStore>) -> Value {
        let store = Arc::clone(store);
        self.rewrap.start(|_| async move {
            // What was committed under older keys is applied here then.
            store.barrier().await?;
            store.rewrap().await?;
            Ok(format!("everything on disk is under key {}", store.rewrapped()))
        });
        self.rewrap.told()
    }

    /// Destroys the keys of the past values of a Secret; of all values where it is deleted.
    async fn destroy(&self, store: &Arc<SqliteStore>, body: &[u8]) -> Result<Value, Status> {
        let body: Value = serde_json::from_slice(body).map_err(|error| Status::bad_request(error.to_string()))?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let key = Key::new("secrets", text("namespace"), text("name"));
        let history = store.history(&key, 1).await;
        let newest = history.last().ok_or_else(|| Status::not_found("", "secrets", &key.name))?;
        let below = if newest.deleted { Revision(newest.object.revision.0 + 1) } else { newest.object.revision };
        let now = SystemClock::default().now();
        write_record(&**store, destroy(&key, below), Vec::new(), now)
            .await
            .map_err(|error| Status::internal(format!("{error:#}")))?;
        let left = self.others.purge_all(store).await;
        Ok(json!({"below": below.0, "deleted": newest.deleted, "left": left}))
    }
}

fn told(done: anyhow::Result<String>) -> Result<Value, Status> {
    let what = done.map_err(|error| Status::new(Reason::ServiceUnavailable, format!("{error:#}")))?;
    Ok(json!({"message": what}))
}

fn learn(store: &SqliteStore, number: &str, body: &[u8]) -> Result<Value, Status> {
    let body: Value = serde_json::from_slice(body).map_err(|error| Status::bad_request(error.to_string()))?;
    let secret = body.get("secret").and_then(Value::as_str).unwrap_or_default();
    store.learn_key(parse(number)?, secret).map(|()| json!({})).map_err(|error| refusal(&error))
}

async fn seal(store: &SqliteStore, number: &str) -> Result<Value, Status> {
    store.seal_under(parse(number)?).await.map(|()| json!({})).map_err(|error| refusal(&error))
}

fn parse(number: &str) -> Result<u32, Status> {
    number.parse().map_err(|_| Status::bad_request(format!("{number:?} is not the number of a key")))
}

fn change(number: &str) -> Result<u64, Status> {
    number.parse().map_err(|_| Status::bad_request(format!("{number:?} is not the number of a change")))
}

fn refusal(error: &KeyError) -> Status {
    Status::new(Reason::Conflict, error.to_string())
}
