//! The rotation of the cluster's key, step by step over all masters.
//!
//! No value is ever sealed under a key that a master lacks, and no key is destroyed that something on a master's disk needs:
//! every master has the new one before the first seals under it, and has put everything under it before the first forgets.
//! Whatever breaks off leaves all masters working; the next rotation goes on with the same key.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use futures::future::join_all;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use kontiki_api::meta::Key;
use kontiki_api::object::Draft;
use kontiki_apiserver::pki::Pki;
use kontiki_runtime::client::http::HttpClient;
use kontiki_runtime::clock::{Clock, SystemClock};
use kontiki_store::{Change, Op, SqliteStore};
use serde_json::{Value, json};

use super::progress::{HELD, Progress};
use crate::members::{address_of, as_master, ask, write_record};

/// So often another master is asked whether it is through, which answers when it is or after [`HELD`]: an hour, for very
/// large stores.
const QUESTIONS: u64 = 3_600 / HELD.as_secs();

/// The way to the other masters.
#[derive(Clone)]
pub struct Others {
    /// This master.
    pub id: u64,
    /// Issues what it shows them.
    pub pki: Arc<Pki>,
}

impl Others {
    /// What the master `id` answers.
    pub async fn ask(&self, store: &SqliteStore, id: u64, method: Method, path: &str, body: Value) -> Result<Value> {
        let api = address_of(store, id).with_context(|| format!("it is not known where master {id} is"))?;
        let answer = ask(&as_master(&self.pki, &api)?, method, path, body).await;
        answer.with_context(|| format!("master {id} at {api} (all must be there: start it, or remove it)"))
    }

    /// The numbers of the other masters.
    pub fn ids(&self, store: &SqliteStore) -> Vec<u64> {
        store.members().iter().map(|one| one.member.id).filter(|id| *id != self.id).collect()
    }

    /// Asks each of the others.
    pub async fn each(&self, store: &SqliteStore, path: &str, body: &Value) -> Result<()> {
        for id in self.ids(store) {
            self.ask(store, id, Method::POST, path, body.clone()).await?;
        }
        Ok(())
    }

    /// Takes a value out of a Secret, unless the Secret is gone.
    pub async fn take_out(&self, store: &SqliteStore, secret: &Key, value: &str) -> Result<()> {
        let own = address_of(store, self.id).context("this master does not know its own address")?;
        let client = HttpClient::new(&as_master(&self.pki, &own)?)?;
        let path = format!("/api/v1/namespaces/{}/secrets/{}", secret.namespace, secret.name);
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/merge-patch+json"))]);
        let patch = json!({"data": {value: null}}).to_string();
        let answer = client.send(Method::PATCH, &path, headers, patch.into()).await?;
        match answer.status() {
            code if code.is_success() || code == StatusCode::NOT_FOUND => Ok(()),
            code => bail!("{path} is not changed: {code}"),
        }
    }

    /// Lets every other master put everything under the key that seals, and waits until all have.
    async fn rewrap_all(&self, store: &SqliteStore) -> Result<()> {
        self.each(store, "keys/rewrap", &Value::Null).await?;
        let waits = self.ids(store).into_iter().map(|id| self.rewrapped(store, id));
        join_all(waits).await.into_iter().collect()
    }

    async fn rewrapped(&self, store: &SqliteStore, id: u64) -> Result<()> {
        for _ in 0..QUESTIONS {
            let told = self.ask(store, id, Method::GET, "keys/rewrap/ended", Value::Null).await?;
            let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
            match text("state") {
                "Done" => return Ok(()),
                "Failed" => bail!("master {id}: {}", text("message")),
                _ => {}
            }
        }
        bail!("master {id} does not get through")
    }

    /// Takes what is applied out of every master's log. Answers those that could not be asked.
    pub async fn purge_all(&self, store: &SqliteStore) -> Vec<String> {
        let mut left = Vec::new();
        if let Err(error) = store.rewrap().await {
            left.push(format!("master {}: {error:#}", self.id));
        }
        for id in self.ids(store) {
            let purged = match self.ask(store, id, Method::POST, "keys/rewrap", Value::Null).await {
                Ok(_) => self.rewrapped(store, id).await,
                Err(error) => Err(error),
            };
            if let Err(error) = purged {
                left.push(format!("{error:#}"));
            }
        }
        left
    }
}

/// Replaces the cluster's key by a new one, on all masters, and destroys the old. Answers what was done.
///
/// # Errors
/// Where a master does not answer, or this one does not lead any more.
pub async fn rotate(store: &Arc<SqliteStore>, others: &Others, progress: &Progress) -> Result<String> {
    let step = |what: String| progress.step(what);
    step("asking all masters".into());
    let number = next_number(store, others).await?;
    step(format!("handing key {number} to all masters"));
    let secret = store.cluster_key(number).ok_or_else(|| anyhow!("key {number} is not here"))?;
    others.each(store, &format!("keys/{number}/learn"), &json!({"secret": secret})).await?;
    step(format!("sealing under key {number}"));
    others.each(store, &format!("keys/{number}/seal"), &Value::Null).await?;
    store.seal_under(number).await?;
    note(store, number).await?;
    step(format!("putting everything under key {number}"));
    let (own, all) = tokio::join!(store.rewrap(), others.rewrap_all(store));
    own?;
    all?;
    step("destroying older keys".into());
    others.each(store, "keys/forget", &Value::Null).await?;
    store.forget_keys().await?;
    Ok(format!("Secrets are sealed under key {number}; older keys are destroyed on all masters"))
}

/// The number of the key that a rotation broken off left behind; else that of a new one, which is made.
async fn next_number(store: &Arc<SqliteStore>, others: &Others) -> Result<u32> {
    let own = store.keys();
    let mut known: Vec<u64> = own.known.iter().copied().map(u64::from).collect();
    for id in others.ids(store) {
        let status = others.ask(store, id, Method::GET, "keys", Value::Null).await?;
        known.extend(status.get("known").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64));
    }
    let newest = u32::try_from(known.iter().copied().max().unwrap_or_default()).context("there are no more numbers")?;
    let unfinished = known.iter().any(|number| *number != u64::from(newest));
    if unfinished && own.known.contains(&newest) {
        return Ok(newest);
    }
    let number = newest.checked_add(1).context("there are no more numbers")?;
    store.make_key(number)?;
    Ok(number)
}

/// Remembers the rotation in the log: what is committed behind this is sealed under the new key.
async fn note(store: &Arc<SqliteStore>, number: u32) -> Result<()> {
    let key = Key::new("keys.kontiki", "", "cluster");
    let object = json!({
        "apiVersion": "kontiki.io/v1", "kind": "ClusterKey", "metadata": {"name": &*key.name}, "spec": {"number": number},
    });
    let change = Change { key: key.clone(), op: Op::Put(Draft::new(key, object, &[])), sealed: false, history: true };
    write_record(&**store, change, Vec::new(), SystemClock::default().now()).await
}
