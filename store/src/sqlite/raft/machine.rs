use std::io;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use openraft::OptionalSend;
use openraft::storage::{EntryResponder, RaftStateMachine};
use openraft::type_config::alias::{SnapshotMetaOf, SnapshotOf};
use tokio::sync::mpsc;

use super::{Entry, LogId, Outcomes, Payload, SnapshotMark, Snapshots, StoredMembership, TypeConfig};
use crate::core::Core;
use crate::machine::{Proposed, Record};
use crate::sqlite::format::decode_entry;
use crate::sqlite::health::Health;
use crate::sqlite::keyring::Keyring;
use crate::sqlite::table::{TableBatch, TableCommand};

/// Applies committed entries in memory, where they become visible, and passes them on to the tables,
/// which follow behind.
pub(crate) struct StateMachine {
    core: Core,
    keyring: Arc<Keyring>,
    tables: mpsc::Sender<TableCommand>,
    health: Health,
    applied: Option<LogId>,
    membership: StoredMembership,
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
        Self { core, keyring, tables, health, applied, membership }
    }

    /// The index of the newest applied entry; 0 before the first.
    pub fn applied_index(&self) -> u64 {
        self.applied.map_or(0, |applied| applied.index)
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
                (outcomes, records) = self.apply_commits(commits);
            }
        }
        self.applied = Some(entry.log_id);
        let batch = TableBatch { records, applied: entry.log_id, membership, floor: self.core.floor() };
        let sent = self.tables.send(TableCommand::Apply(batch)).await;
        sent.map_err(|_| io::Error::other("the table writer has ended"))?;
        Ok(outcomes)
    }

    fn apply_commits(&self, commits: Vec<Proposed>) -> (Outcomes, Vec<Arc<Record>>) {
        let applied = self.core.apply(commits);
        let records = applied.iter().filter_map(|applied| applied.record.clone()).collect();
        (Outcomes(applied.into_iter().map(|applied| applied.outcome).collect()), records)
    }
}

impl RaftStateMachine<TypeConfig> for StateMachine {
    type SnapshotData = SnapshotMark;
    type SnapshotBuilder = Snapshots;

    async fn applied_state(&mut self) -> Result<(Option<LogId>, StoredMembership), io::Error> {
        Ok((self.applied, self.membership.clone()))
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
            let outcomes = self.apply_one(entry).await.inspect_err(|error| self.health.stop(error.to_string()))?;
            if let Some(responder) = responder {
                responder.send(outcomes);
            }
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> Snapshots {
        Snapshots::new(self.tables.clone())
    }

    async fn install_snapshot(&mut self, _meta: &SnapshotMetaOf<TypeConfig>, _data: SnapshotMark) -> Result<(), io::Error> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "a single member is sent no snapshots"))
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<SnapshotOf<TypeConfig, SnapshotMark>>, io::Error> {
        Ok(None)
    }
}
