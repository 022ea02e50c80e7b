use std::cmp::Ordering as Cmp;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::{Stream, StreamExt};
use kontiki_api::meta::Revision;
use kontiki_api::request;
use openraft::OptionalSend;
use openraft::storage::{EntryResponder, RaftStateMachine};
use openraft::type_config::alias::{SnapshotMetaOf, SnapshotOf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use super::{Entry, LeaderId, LogId, Outcomes, Payload, SnapshotData, SnapshotMark, Snapshots, StoredMembership, TypeConfig};
use crate::core::Core;
use crate::machine::{Proposed, Record, State};
use crate::sqlite::format::decode_entry;
use crate::sqlite::health::Health;
use crate::sqlite::keyring::Keyring;
use crate::sqlite::table::{Loaded, TableBatch, TableCommand};

/// Kilobytes of changes that the tables may lie behind; then applying waits.
const BEHIND_KILOBYTES: u32 = 32 << 10;

/// Applies committed entries in memory, where they become visible, and passes them on to the tables,
/// which follow behind.
pub(crate) struct StateMachine {
    core: Core,
    keyring: Arc<Keyring>,
    tables: mpsc::Sender<TableCommand>,
    room: Arc<Semaphore>,
    health: Health,
    applied: watch::Sender<Option<LogId>>,
    membership: StoredMembership,
    snapshot: SnapshotMark,
    transfers: Arc<AtomicUsize>,
    behind: Option<State>,
}

impl StateMachine {
    /// A state machine that has applied everything up to `applied`.
    pub fn new(
        core: Core,
        keyring: Arc<Keyring>,
        tables: mpsc::Sender<TableCommand>,
        health: Health,
        (applied, membership): (Option<LogId>, StoredMembership),
    ) -> Self {
        let applied = watch::Sender::new(applied);
        let (snapshot, transfers) = (SnapshotMark::default(), Arc::default());
        let room = Arc::new(Semaphore::new(BEHIND_KILOBYTES as usize));
        Self { core, keyring, tables, room, health, applied, membership, snapshot, transfers, behind: None }
    }

    /// Goes on from `state`, which the tables hold. Where readers have seen a newer one, they keep seeing that; what
    /// happened in between is applied again for the tables alone.
    pub fn take_state(&mut self, state: State) {
        self.behind = None;
        match state.revision.cmp(&self.core.revision()) {
            Cmp::Less => self.behind = Some(state),
            Cmp::Equal if state.revision > Revision::ZERO => {}
            _ => self.core.replace(state),
        }
    }

    /// Follows how far has been applied.
    pub fn progress(&self) -> watch::Receiver<Option<LogId>> {
        self.applied.subscribe()
    }

    /// How many snapshots are on their way to peers: meanwhile no new one is made, so that the log behind them
    /// stays.
    pub fn transfers(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.transfers)
    }

    async fn apply_one(&mut self, entry: Entry) -> io::Result<Outcomes> {
        let mut membership = None;
        let mut outcomes = Outcomes::default();
        let mut records = Vec::new();
        match entry.payload {
            Payload::Blank => {}
            Payload::Membership(members) => {
                self.membership = StoredMembership::new(Some(entry.log_id), members);
                membership = Some(self.membership.clone());
            }
            Payload::Normal(proposal) => {
                let commits = match proposal.take_plain() {
                    Some(commits) => commits,
                    None => decode_entry(&proposal.bytes, &self.keyring).map_err(io::Error::other)?,
                };
                let LeaderId { term, node_id: node } = entry.log_id.leader_id;
                (outcomes, records) = self.apply_commits(commits, request::LeaderId { term, node });
            }
        }
        let room = Some(self.room(&records).await?);
        let batch = TableBatch { records, applied: entry.log_id, membership, floor: self.core.floor(), room };
        let sent = self.tables.send(TableCommand::Apply(batch)).await;
        sent.map_err(|_| ended())?;
        self.applied.send_replace(Some(entry.log_id));
        Ok(outcomes)
    }

    /// Waits until the tables are not too far behind to take `records` as well.
    async fn room(&self, records: &[Arc<Record>]) -> io::Result<OwnedSemaphorePermit> {
        let kilobytes = records.iter().map(|record| record.cost()).sum::<usize>() >> 10;
        let kilobytes = u32::try_from(kilobytes).unwrap_or(u32::MAX).min(BEHIND_KILOBYTES);
        Arc::clone(&self.room).acquire_many_owned(kilobytes).await.map_err(|_| ended())
    }

    fn apply_commits(&mut self, commits: Vec<Proposed>, leader: request::LeaderId) -> (Outcomes, Vec<Arc<Record>>) {
        let applied = match &mut self.behind {
            Some(state) => commits.into_iter().map(|commit| state.apply(commit, leader)).collect(),
            None => self.core.apply(commits, leader),
        };
        if self.behind.as_ref().is_some_and(|state| state.revision >= self.core.revision()) {
            self.behind = None;
        }
        let records = applied.iter().filter_map(|applied| applied.record.clone()).collect();
        (Outcomes(applied.into_iter().map(|applied| applied.outcome).collect()), records)
    }
}

fn ended() -> io::Error {
    io::Error::other("the table writer has ended")
}

impl RaftStateMachine<TypeConfig> for StateMachine {
    type SnapshotData = SnapshotData;
    type SnapshotBuilder = Snapshots;

    async fn applied_state(&mut self) -> Result<(Option<LogId>, StoredMembership), io::Error> {
        Ok((*self.applied.borrow(), self.membership.clone()))
    }

    async fn apply<S>(&mut self, mut entries: S) -> Result<(), io::Error>
    where
        S: Stream<Item = Result<EntryResponder<TypeConfig>, io::Error>> + Unpin + OptionalSend,
    {
        while let Some(item) = entries.next().await {
            if let Some(why) = self.health.reason() {
                return Err(io::Error::other(why.to_owned()));
            }
            let (entry, responder) = item?;
            let applied = self.apply_one(entry).await;
            let outcomes = applied.inspect_err(|error| self.health.stop(error.to_string()))?;
            if let Some(responder) = responder {
                responder.send(outcomes);
            }
        }
        Ok(())
    }

    async fn try_create_snapshot_builder(&mut self, force: bool) -> Option<Snapshots> {
        let held = self.transfers.load(Ordering::Acquire) > 0 && !force;
        if held { None } else { Some(Snapshots::new(self.tables.clone(), Arc::clone(&self.snapshot))) }
    }

    async fn get_snapshot_builder(&mut self) -> Snapshots {
        Snapshots::new(self.tables.clone(), Arc::clone(&self.snapshot))
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMetaOf<TypeConfig>, data: SnapshotData) -> Result<(), io::Error> {
        let SnapshotData::Copy(file) = data else { return Ok(()) };
        let (reply, answer) = oneshot::channel();
        self.tables.send(TableCommand::Install(file, reply)).await.map_err(|_| ended())?;
        let Loaded { state, applied, membership, .. } = answer.await.map_err(|_| ended())?;
        self.take_state(state);
        self.membership = membership;
        *self.snapshot.lock() = Some(meta.clone());
        self.applied.send_replace(applied);
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<SnapshotOf<TypeConfig, SnapshotData>>, io::Error> {
        let meta = self.snapshot.lock().clone();
        Ok(meta.map(|meta| SnapshotOf::<TypeConfig, SnapshotData> { meta, snapshot: SnapshotData::Live }))
    }
}
