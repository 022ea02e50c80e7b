use futures::future::BoxFuture;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::RequestId;
use kontiki_api::time::Time;
use parking_lot::Mutex;
use tokio::sync::{RwLock, oneshot, watch};
use tokio::task::JoinHandle;

use super::engine::{Engine, Starting};
use super::keeper::Keeper;
use super::keyring::{Keyring, key_path};
use super::lock::FolderLock;
use super::scrub::Scrubbed;
use super::table::TableCommand;
use super::{OpenError, ScrubStatus, SqliteConfig};
use crate::core::Core;
use crate::destroyed::{note_of, veiled};
use crate::machine::State;
use crate::peers::{LocalNetwork, Transport};
use crate::raft::{Front, Members};
use crate::{
    Commit, CommitError, Committed, Expired, HistoryEntry, Kept, Leadership, Listing, Member, MemberError, MemberStatus, Order,
    Range, Store, StoreStatus, Watch,
};

/// The store on disk. An acknowledged commit survives the end of the process and of the machine.
///
/// Once a write has failed it takes no more commits (`Full`, `Unavailable`) until its files have been opened anew and
/// checked, which it does by itself as soon as the disk takes writes; reads and watches go on meanwhile.
pub struct SqliteStore {
    core: Core,
    pub(super) keeper: Arc<Keeper>,
    pub(super) keyring: Arc<Keyring>,
    closed: AtomicBool,
    pub(super) sealing: RwLock<()>,
    pub(super) rewrapped: AtomicU32,
    scrubbed: Arc<Scrubbed>,
    removed: watch::Sender<bool>,
    closing: watch::Sender<bool>,
    keeping: Mutex<Option<JoinHandle<()>>>,
}

impl SqliteStore {
    /// Opens the store in `config.folder`, making it where there is none, and applies what a crash left
    /// behind. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(config: SqliteConfig) -> BoxFuture<'static, Result<Arc<Self>, OpenError>> {
        Box::pin(async move {
            let alone = LocalNetwork::default().transport(config.member.id);
            Self::open_among(config, Arc::new(alone)).await
        })
    }

    /// The same for a member that reaches its peers by `transport`. A member of several does not wait until one
    /// of them leads.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_among(config: SqliteConfig, transport: Arc<dyn Transport>) -> Result<Arc<Self>, OpenError> {
        let lock = Arc::new(FolderLock::take(&config.folder)?);
        let keyring = Arc::new(Keyring::open(&key_path(&config.folder))?);
        let core = Core::new(State::new(config.window));
        let scrubbed = Arc::<Scrubbed>::default();
        let (known, read) = (keyring.clone(), core.clone());
        let (scrubs, removed) = (scrubbed.clone(), watch::Sender::default());
        let told = removed.clone();
        let starting = Starting { config, transport, lock, keyring: known, core: read, scrubbed: scrubs, removed: told };
        let keeper = Keeper::start(&starting).await?;
        let (closing, told) = watch::channel(false);
        let keeping = Mutex::new(Some(tokio::spawn(keeper.clone().keep(starting, told))));
        let (closed, sealing, rewrapped) = (AtomicBool::new(false), RwLock::default(), AtomicU32::default());
        Ok(Arc::new(Self { core, keeper, keyring, closed, sealing, rewrapped, scrubbed, removed, closing, keeping }))
    }

    /// The members, as this one knows them.
    pub fn members(&self) -> Vec<MemberStatus> {
        self.keeper.engine().replica.members.list()
    }

    /// The members once `holds` of them; waits for ever where it never does.
    pub async fn members_when(&self, holds: impl Fn(&[MemberStatus]) -> bool) -> Vec<MemberStatus> {
        let mut replaced = self.keeper.replaced();
        loop {
            replaced.mark_unchanged();
            let engine = self.keeper.engine();
            tokio::select! {
                members = engine.replica.members.when(&holds) => return members,
                changed = replaced.changed() => if changed.is_err() { std::future::pending::<()>().await },
            }
        }
    }

    /// Lets `member` follow the log without a vote.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub async fn add_member(&self, member: Member) -> Result<(), MemberError> {
        self.on_members(|members| async move { members.add(member).await }).await
    }

    /// Gives votes to the members `ids`.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub async fn promote_members(&self, ids: BTreeSet<u64>) -> Result<(), MemberError> {
        self.on_members(|members| async move { members.promote(ids).await }).await
    }

    /// Takes the member `id` out of the cluster. Its number must never be given to another.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub async fn remove_member(&self, id: u64) -> Result<(), MemberError> {
        self.on_members(|members| async move { members.remove(id).await }).await
    }

    /// Lets another voter lead from now on, where this member leads and another is well; it may take a moment to tell.
    pub async fn hand_over(&self) {
        let engine = self.keeper.engine();
        let runtime = engine.runtime.clone();
        // The engine's own runtime ends with it: then there is nothing to hand over.
        let _ = runtime.spawn(async move { engine.replica.hand_over().await }).await;
    }

    async fn on_members<F>(&self, change: impl FnOnce(Members) -> F) -> Result<(), MemberError>
    where
        F: Future<Output = Result<(), MemberError>> + Send + 'static,
    {
        let engine = self.keeper.engine();
        let changed = engine.runtime.spawn(change(engine.replica.members.clone()));
        changed.await.map_err(|_| MemberError::Failed("the store is closing".into()))?
    }

    /// Becomes true once a leader has said that this member was taken out of the cluster: it is told nothing any more, and
    /// its number is never given out again.
    pub fn removed(&self) -> watch::Receiver<bool> {
        self.removed.subscribe()
    }

    /// How far the disk has been looked through for damage.
    pub fn scrub(&self) -> ScrubStatus {
        self.scrubbed.status()
    }

    fn front<'a>(&'a self, engine: &'a Engine) -> Front<'a> {
        let Engine { replica, proposals, health, .. } = engine;
        Front { core: &self.core, replica, proposals, keyring: &self.keyring, sealing: &self.sealing, health }
    }

    fn check_open(&self) -> Result<(), CommitError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(CommitError::Unavailable("it is closed".into()));
        }
        Ok(())
    }

    /// What the window holds in the open still, though its key was destroyed.
    fn veiled(&self, object: Arc<Object>) -> Arc<Object> {
        let note = self.core.get(&note_of(&object.key));
        veiled(object, note.as_deref())
    }

    fn veiled_all(&self, mut listing: Listing) -> Listing {
        listing.objects = listing.objects.into_iter().map(|object| self.veiled(object)).collect();
        listing
    }

    async fn flush(&self, engine: &Engine) {
        let (reply, answer) = oneshot::channel();
        if engine.tables.send(TableCommand::Flush(reply)).await.is_ok() {
            let _ = answer.await;
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.check_open()?;
        self.front(&self.keeper.engine()).commit(commit).await
    }

    async fn barrier(&self) -> Result<Revision, CommitError> {
        self.check_open()?;
        self.front(&self.keeper.engine()).barrier().await
    }

    fn revision(&self) -> Revision {
        self.core.revision()
    }

    fn get(&self, key: &Key) -> Option<Arc<Object>> {
        self.core.get(key)
    }

    fn list(&self, range: &Range) -> Listing {
        self.core.list(range)
    }

    fn watch(&self, range: &Range, from: Revision) -> Result<Watch, Expired> {
        self.core.watch(range, from)
    }

    async fn get_at(&self, key: &Key, revision: Revision) -> Result<Option<Arc<Object>>, Expired> {
        match self.core.get_at(key, revision).map(|found| found.map(|object| self.veiled(object))) {
            Err(expired) if revision < expired.oldest => {
                let engine = self.keeper.engine();
                self.flush(&engine).await;
                let found = engine.past.get_at(key, revision).await;
                found.map_err(|error| error.expired(revision, expired.newest))
            }
            answer => answer,
        }
    }

    async fn list_at(&self, range: &Range, revision: Revision) -> Result<Listing, Expired> {
        match self.core.list_at(range, revision).map(|listing| self.veiled_all(listing)) {
            Err(expired) if revision < expired.oldest => {
                let engine = self.keeper.engine();
                self.flush(&engine).await;
                let found = engine.past.list_at(range, revision).await;
                let (revision, objects) = found.map_err(|error| error.expired(revision, expired.newest))?;
                Ok(Listing { revision, objects })
            }
            answer => answer,
        }
    }

    async fn changes(&self, range: &Range, order: Order, limit: usize) -> Result<Vec<HistoryEntry>, Expired> {
        let engine = self.keeper.engine();
        self.flush(&engine).await;
        let asked = if let Order::OldestAfter(after) = order { after } else { Revision::ZERO };
        let newest = self.core.revision();
        engine.past.changes(range, order, limit).await.map_err(|error| error.expired(asked, newest))
    }

    async fn revision_at(&self, time: Time) -> Result<Revision, Expired> {
        if let Some(revision) = self.core.revision_at(time) {
            return Ok(revision);
        }
        let engine = self.keeper.engine();
        self.flush(&engine).await;
        let newest = self.core.revision();
        engine.past.revision_at(time).await.map_err(|error| error.expired(Revision::ZERO, newest))
    }

    async fn kept(&self) -> Kept {
        let (window, engine) = (self.core.kept(), self.keeper.engine());
        engine.past.kept(window.newest).await.unwrap_or_else(|error| {
            tracing::error!(%error, "reading how far the past reaches");
            window
        })
    }

    fn outcome(&self, id: RequestId) -> Option<Committed> {
        self.core.outcome(id)
    }

    fn leadership(&self) -> watch::Receiver<Leadership> {
        self.keeper.leadership()
    }

    fn status(&self) -> StoreStatus {
        let takes_writes = self.check_open().and_then(|()| self.keeper.engine().health.check()).is_ok();
        self.core.status(takes_writes && self.keeper.leadership().borrow().own.is_some())
    }

    async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.core.close();
        self.closing.send_replace(true);
        let keeping = self.keeping.lock().take();
        if let Some(keeping) = keeping
            && let Err(error) = keeping.await
        {
            tracing::warn!(%error, "ending the store");
        }
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("status", &self.core.status(true)).finish_non_exhaustive()
    }
}
