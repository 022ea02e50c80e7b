//! What a master answers about the cluster's members, under `/kontiki/v1/`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use http::Method;
use kontiki_api::status::{Reason, Status};
use kontiki_api::time::Time;
use kontiki_apiserver::cluster::{Asked, ClusterApi};
use kontiki_apiserver::pki::{KeyBundle, Pki};
use kontiki_runtime::clock::{Clock, SystemClock};
use kontiki_store::{Member, MemberError, Retention, SqliteStore, Store};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use super::record::{self, Record};
use super::token::JoinToken;
use crate::history::{self, FORGOTTEN};
use crate::keys::Keys;

/// What a new master says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JoinRequest {
    /// Its name.
    pub name: String,
    /// Where its peers reach it, `host:port`.
    pub peer: String,
    /// Where its API is reached, `host:port`.
    pub api: String,
    /// Whether it shall only follow.
    pub learner: bool,
}

/// What a new master is given.
#[derive(Clone, Serialize, Deserialize)]
pub struct JoinAnswer {
    /// Its number.
    pub id: u64,
    /// The keys that all masters share, a `KeyBundle`.
    pub keys: Value,
    /// The key under which Secrets are sealed, as its file holds it.
    pub cluster_key: String,
    /// The number of the cluster.
    #[serde(default)]
    pub cluster: String,
}

/// What all masters have.
pub struct Shared {
    /// Keys and certificates, as they are now.
    pub issued: watch::Receiver<Arc<Pki>>,
    /// The file of the keys under which Secrets are sealed.
    pub cluster_key: PathBuf,
    /// The number of the cluster.
    pub cluster: String,
}

/// Answers about the members of one master's cluster.
pub struct Members {
    store: Weak<SqliteStore>,
    shared: Shared,
    secrets: Keys,
    retention: Retention,
    /// Told when the members may have changed.
    pub changed: Arc<Notify>,
}

impl Members {
    /// The members of `store`; new ones are given `shared`. `secrets` answers about the cluster's keys, and `retention` is
    /// what is told of how much of the past is kept.
    pub fn new(store: &Arc<SqliteStore>, shared: Shared, secrets: Keys, retention: Retention) -> Self {
        Self { store: Arc::downgrade(store), shared, secrets, retention, changed: Arc::default() }
    }

    fn store(&self) -> Result<Arc<SqliteStore>, Status> {
        self.store.upgrade().ok_or_else(|| Status::new(Reason::ServiceUnavailable, "this master is stopping"))
    }

    async fn join(&self, store: &Arc<SqliteStore>, asked: &Asked) -> Result<Value, Status> {
        let now = now();
        if !JoinToken::holds(&**store, &asked.token, now) {
            return Err(Status::new(Reason::Unauthorized, "the token is not known or has expired"));
        }
        let request: JoinRequest = serde_json::from_slice(&asked.body).map_err(|error| Status::bad_request(error.to_string()))?;
        if self.secrets.is_rotating() {
            let why = "the cluster's key is being rotated: join when that is done";
            return Err(Status::new(Reason::ServiceUnavailable, why).retry_after(1));
        }
        let cluster_key = std::fs::read_to_string(&self.shared.cluster_key)
            .map_err(|error| Status::internal(format!("the cluster's key cannot be read: {error}")))?;
        let id = self.register(store, &request, now).await?;
        store.add_member(Member { id, address: request.peer }).await.map_err(|error| refusal(&error))?;
        self.changed.notify_one();
        let keys = KeyBundle { token_key: self.secrets.of_tokens(), ..self.shared.issued.borrow().bundle() };
        let keys = serde_json::to_value(keys).map_err(|error| Status::internal(error.to_string()))?;
        let answer = JoinAnswer { id, keys, cluster_key, cluster: self.shared.cluster.clone() };
        serde_json::to_value(answer).map_err(|error| Status::internal(error.to_string()))
    }

    /// The number of the new master. One that asks again, because an answer was lost, gets its own again.
    async fn register(&self, store: &Arc<SqliteStore>, request: &JoinRequest, now: Time) -> Result<u64, Status> {
        let known = record::all(&**store);
        if let Some(same) = known.iter().find(|record| record.name == request.name && !record.removed) {
            let members = store.members();
            let voter = members.iter().any(|one| one.member.id == same.id && one.voter);
            if voter || same.api != request.api {
                let why = format!("there is a member of this name: remove it first (kontiki member remove {})", same.id);
                return Err(Status::conflict("kontiki.io", "members", &request.name, &why));
            }
            return Ok(same.id);
        }
        let newest = known.iter().map(|record| record.id).chain(store.members().iter().map(|one| one.member.id)).max();
        let id = newest.unwrap_or_default() + 1;
        let JoinRequest { name, api, learner, .. } = request.clone();
        let record = Record { id, name, api, learner, removed: false };
        record::put(&**store, &record, true, now).await.map_err(|error| Status::internal(format!("{error:#}")))?;
        Ok(id)
    }

    async fn promote(&self, store: &Arc<SqliteStore>, id: u64) -> Result<Value, Status> {
        store.promote_members([id].into()).await.map_err(|error| refusal(&error))?;
        self.changed.notify_one();
        Ok(json!({"promoted": id}))
    }

    /// The API of a master is reached elsewhere now.
    async fn moved(&self, store: &Arc<SqliteStore>, id: u64, body: &[u8]) -> Result<Value, Status> {
        let body: Value = serde_json::from_slice(body).map_err(|error| Status::bad_request(error.to_string()))?;
        let api = body.get("api").and_then(Value::as_str).filter(|api| api.parse::<SocketAddr>().is_ok());
        let api = api.ok_or_else(|| Status::bad_request("api is not ADDRESS:PORT"))?;
        let known = record::all(&**store).into_iter().find(|record| record.id == id && !record.removed);
        let known = known.ok_or_else(|| Status::not_found("kontiki.io", "members", &id.to_string()))?;
        let moved = Record { api: api.into(), ..known };
        record::put(&**store, &moved, false, now()).await.map_err(|error| Status::internal(format!("{error:#}")))?;
        self.changed.notify_one();
        Ok(json!({"moved": id}))
    }

    /// Who leads does not take itself out: another leads first, and is asked then.
    async fn remove(&self, store: &Arc<SqliteStore>, id: u64) -> Result<Value, Status> {
        let own = store.leadership().borrow().leading().map(|leader| leader.node);
        let last = store.members().iter().filter(|one| one.voter).count() < 2;
        if own == Some(id) && !last {
            store.hand_over().await;
            return elsewhere(store);
        }
        store.remove_member(id).await.map_err(|error| refusal(&error))?;
        if let Some(record) = record::all(&**store).into_iter().find(|record| record.id == id) {
            let gone = Record { removed: true, ..record };
            record::put(&**store, &gone, false, now()).await.map_err(|error| Status::internal(format!("{error:#}")))?;
        }
        self.changed.notify_one();
        Ok(json!({"removed": id}))
    }
}

/// Names the leader, where it is another.
fn elsewhere(store: &Arc<SqliteStore>) -> Result<Value, Status> {
    let leadership = *store.leadership().borrow();
    let leader = leadership.leader.filter(|_| leadership.own.is_none());
    let leader = leader.and_then(|leader| record::address_of(&**store, leader.node));
    let nobody = || Status::new(Reason::ServiceUnavailable, "nobody else leads the log now").retry_after(1);
    leader.map(|leader| json!({"leader": leader})).ok_or_else(nobody)
}

#[async_trait]
impl ClusterApi for Members {
    fn is_open(&self, path: &str) -> bool {
        matches!(path, "authority" | "join")
    }

    async fn answer(&self, asked: Asked) -> Result<Value, Status> {
        let store = self.store()?;
        let words: Vec<&str> = asked.path.split('/').collect();
        match (&asked.method, &words[..]) {
            (&Method::GET, ["authority"]) => return Ok(json!({"authority": self.shared.issued.borrow().authority()})),
            (&Method::GET, ["status" | "members"]) => return Ok(status(&store, self.retention).await),
            (method, ["keys", rest @ ..]) => {
                if let Some(answer) = self.secrets.answer(&store, method, rest, &asked.body).await {
                    return answer;
                }
            }
            _ => {}
        }
        if store.leadership().borrow().own.is_none() {
            return elsewhere(&store);
        }
        match (&asked.method, &words[..]) {
            (method, ["keys", rest @ ..]) => self.secrets.lead(&store, method, rest, &asked.body).await,
            (&Method::PUT | &Method::DELETE, [FORGOTTEN, name]) => history::answer(&store, &asked.method, name).await,
            (&Method::POST, ["join"]) => self.join(&store, &asked).await,
            (&Method::POST, ["members", id, "promote"]) => self.promote(&store, number(id)?).await,
            (&Method::POST, ["members", id, "address"]) => self.moved(&store, number(id)?, &asked.body).await,
            (&Method::DELETE, ["members", id]) => self.remove(&store, number(id)?).await,
            _ => Err(Status::unknown()),
        }
    }
}

/// The figures of one master.
async fn status(store: &Arc<SqliteStore>, retention: Retention) -> Value {
    let kept = store.kept().await;
    let scrub = store.scrub();
    let (figures, leadership) = (store.status(), *store.leadership().borrow());
    let records = record::all(&**store);
    let leader = leadership.leader.map(|leader| leader.node);
    let members = store.members();
    let end = members.iter().filter_map(|one| one.matched).max();
    let shown = |one: &kontiki_store::MemberStatus| {
        let record = records.iter().find(|record| record.id == one.member.id);
        let lag = end.zip(one.matched).map(|(end, matched)| end - matched);
        json!({
            "id": one.member.id, "name": record.map(|record| &record.name), "peer": one.member.address,
            "api": record.map(|record| &record.api), "voter": one.voter, "leader": leader == Some(one.member.id),
            "lag": lag,
        })
    };
    json!({
        "leader": leader, "term": leadership.leader.map(|leader| leader.term),
        "revision": figures.revision.0, "watchableFrom": figures.watchable_from.0,
        "keptFrom": kept.oldest.0, "keptSince": kept.since, "keptBytes": kept.bytes,
        "forgotten": kontiki_store::forgotten(&**store).iter().map(|one| one.as_str().to_owned()).collect::<Vec<_>>(),
        "historySeconds": retention.age.as_secs(), "historyBytes": retention.bytes,
        "checked": {
            "rounds": scrub.rounds, "rows": scrub.rows, "secondsAgo": scrub.ended.map(|ago| ago.as_secs()),
            "damaged": scrub.damaged, "discarded": scrub.discarded,
        },
        "objects": figures.objects, "bytes": figures.bytes,
        "members": members.iter().map(shown).collect::<Vec<_>>(),
    })
}

fn number(text: &str) -> Result<u64, Status> {
    text.parse().map_err(|_| Status::bad_request(format!("{text:?} is not the number of a member")))
}

fn refusal(error: &MemberError) -> Status {
    let reason = match error {
        MemberError::NotLeader | MemberError::Leads(_) | MemberError::Failed(_) => Reason::ServiceUnavailable,
        MemberError::Unknown(_) => Reason::NotFound,
        MemberError::LastVoter(_) => Reason::Forbidden,
    };
    Status::new(reason, error.to_string())
}

fn now() -> Time {
    SystemClock::default().now()
}
