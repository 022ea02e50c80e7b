use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::RequestId;
use kontiki_api::time::Time;
use kontiki_store::peers::LocalNetwork;
use kontiki_store::{
    Commit, CommitError, Committed, Expired, HistoryEntry, Kept, Leadership, Listing, Member, Order, Range, Scrubbing,
    SqliteConfig, SqliteStore, Start, Store, StoreStatus, Timing, Watch,
};
use tempfile::TempDir;
use tokio::sync::watch;

/// How long anything may take to come true.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Files are looked through all the time.
pub const LOOKS: Scrubbing = Scrubbing { every: Duration::from_millis(1), rest: Duration::from_millis(50) };

/// Several members in one process, each with a folder of its own, joined by a network that can be cut.
pub struct Cluster {
    pub network: LocalNetwork,
    pub stores: BTreeMap<u64, Arc<SqliteStore>>,
    folder: TempDir,
    timing: Option<Timing>,
    scrubbing: Scrubbing,
}

impl Cluster {
    /// One member.
    pub async fn of_one() -> Self {
        Self::of_one_with(None, tempfile::tempdir().unwrap()).await
    }

    async fn of_one_with(timing: Option<Timing>, folder: TempDir) -> Self {
        let mut cluster =
            Self { network: LocalNetwork::default(), stores: BTreeMap::new(), folder, timing, scrubbing: Scrubbing::default() };
        cluster.start(1).await;
        cluster
    }

    /// Three voters.
    pub async fn of_three() -> Self {
        Self::of_three_in(tempfile::tempdir().unwrap()).await
    }

    /// Three voters whose folders lie in `folder`.
    pub async fn of_three_in(folder: TempDir) -> Self {
        let mut cluster = Self::of_one_with(None, folder).await;
        cluster.grow().await;
        cluster
    }

    /// Three voters that elect as `timing` says.
    pub async fn of_three_with(timing: Timing) -> Self {
        let mut cluster = Self::of_one_with(Some(timing), tempfile::tempdir().unwrap()).await;
        cluster.grow().await;
        cluster
    }

    /// Three voters that look through their files all the time.
    pub async fn of_three_that_look() -> Self {
        let mut cluster = Self::of_three().await;
        cluster.scrubbing = LOOKS;
        for id in [1, 2, 3] {
            cluster.stop(id).await;
            cluster.start(id).await;
        }
        cluster
    }

    /// Two more members: they follow, catch up, and vote.
    pub async fn grow(&mut self) {
        for id in [2, 3] {
            self.start(id).await;
            self.stores[&1].add_member(member(id)).await.unwrap();
        }
        let caught_up = |store: &SqliteStore| store.members().iter().filter(|one| one.caught_up).count() == 3;
        until("all have caught up", || caught_up(&self.stores[&1])).await;
        self.stores[&1].promote_members(BTreeSet::from([2, 3])).await.unwrap();
    }

    /// Starts a member, or starts it again.
    pub async fn start(&mut self, id: u64) {
        let store = SqliteStore::open_among(self.config(id), Arc::new(self.network.transport(id))).await.unwrap();
        self.stores.insert(id, store);
    }

    /// Ends a member in an orderly way.
    pub async fn stop(&mut self, id: u64) {
        self.stores.remove(&id).unwrap().close().await;
    }

    pub fn folder(&self, id: u64) -> PathBuf {
        self.folder.path().join(id.to_string())
    }

    fn config(&self, id: u64) -> SqliteConfig {
        let folder = self.folder(id);
        std::fs::create_dir_all(&folder).unwrap();
        if id != 1 {
            // Members share the cluster's key.
            let _ = std::fs::copy(self.folder(1).join("cluster.key"), folder.join("cluster.key")).unwrap();
        }
        let start = if id == 1 { Start::Found } else { Start::Join };
        let Self { timing, scrubbing, .. } = *self;
        SqliteConfig { member: member(id), start, log_entries: 200, timing, scrubbing, ..SqliteConfig::single(folder) }
    }

    /// The member that leads, among those of `ids`.
    pub async fn leader_of(&self, ids: &[u64]) -> u64 {
        let leads = |id: &&u64| self.stores.get(id).is_some_and(|store| store.leadership().borrow().own.is_some());
        until("somebody leads", || ids.iter().find(leads).is_some()).await;
        *ids.iter().find(leads).unwrap()
    }

    pub async fn leader(&self) -> u64 {
        let ids: Vec<u64> = self.stores.keys().copied().collect();
        self.leader_of(&ids).await
    }

    pub async fn close(self) {
        for (_, store) in self.stores {
            store.close().await;
        }
    }
}

pub fn member(id: u64) -> Member {
    Member { id, address: format!("127.0.0.1:{id}") }
}

/// The time between two looks at a condition.
pub async fn pause() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

/// Waits until `holds`.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            pause().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"));
}

/// Three members as one store: writes go to the leader, reads and watches to another.
pub struct Three {
    pub cluster: Cluster,
    leader: Arc<SqliteStore>,
    follower: Arc<SqliteStore>,
}

impl Three {
    pub async fn open() -> (Arc<Self>, ()) {
        let cluster = Cluster::of_three().await;
        let leader = cluster.leader().await;
        let follower = cluster.stores.keys().find(|id| **id != leader).unwrap();
        let (leader, follower) = (cluster.stores[&leader].clone(), cluster.stores[follower].clone());
        (Arc::new(Self { cluster, leader, follower }), ())
    }
}

#[async_trait]
impl Store for Three {
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        let committed = self.leader.commit(commit).await?;
        self.follower.barrier().await?;
        Ok(committed)
    }

    async fn barrier(&self) -> Result<Revision, CommitError> {
        self.follower.barrier().await
    }

    fn revision(&self) -> Revision {
        self.follower.revision()
    }

    fn get(&self, key: &Key) -> Option<Arc<Object>> {
        self.follower.get(key)
    }

    fn list(&self, range: &Range) -> Listing {
        self.follower.list(range)
    }

    fn watch(&self, range: &Range, from: Revision) -> Result<Watch, Expired> {
        self.follower.watch(range, from)
    }

    async fn get_at(&self, key: &Key, revision: Revision) -> Result<Option<Arc<Object>>, Expired> {
        self.follower.get_at(key, revision).await
    }

    async fn list_at(&self, range: &Range, revision: Revision) -> Result<Listing, Expired> {
        self.follower.list_at(range, revision).await
    }

    async fn changes(&self, range: &Range, order: Order, limit: usize) -> Result<Vec<HistoryEntry>, Expired> {
        self.follower.changes(range, order, limit).await
    }

    async fn revision_at(&self, time: Time) -> Result<Revision, Expired> {
        self.follower.revision_at(time).await
    }

    async fn kept(&self) -> Kept {
        self.follower.kept().await
    }

    fn outcome(&self, id: RequestId) -> Option<Committed> {
        self.follower.outcome(id)
    }

    fn leadership(&self) -> watch::Receiver<Leadership> {
        self.leader.leadership()
    }

    fn status(&self) -> StoreStatus {
        StoreStatus { leader: self.leader.status().leader, ..self.follower.status() }
    }

    async fn close(&self) {
        for store in self.cluster.stores.values() {
            store.close().await;
        }
    }
}
