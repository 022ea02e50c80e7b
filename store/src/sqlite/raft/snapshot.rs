use std::io;

use openraft::RaftSnapshotBuilder;
use openraft::type_config::alias::{SnapshotMetaOf, SnapshotOf};
use tokio::sync::{mpsc, oneshot};

use super::TypeConfig;
use crate::sqlite::table::TableCommand;

/// A snapshot is `state.db` itself, on disk up to the log id in the snapshot's meta. It is copied
/// only when a peer asks, which no peer of a single member does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SnapshotMark;

/// Makes snapshots by having `state.db` written through to the disk.
#[derive(Clone, Debug)]
pub(crate) struct Snapshots {
    tables: mpsc::Sender<TableCommand>,
}

impl Snapshots {
    /// Snapshots of what `tables` writes.
    pub fn new(tables: mpsc::Sender<TableCommand>) -> Self {
        Self { tables }
    }
}

impl RaftSnapshotBuilder<TypeConfig> for Snapshots {
    type SnapshotData = SnapshotMark;

    async fn build_snapshot(&mut self) -> Result<SnapshotOf<TypeConfig, SnapshotMark>, io::Error> {
        let (reply, answer) = oneshot::channel();
        let gone = |_| io::Error::other("the table writer has ended");
        self.tables.send(TableCommand::Checkpoint(reply)).await.map_err(|_| gone(()))?;
        let (last_log_id, last_membership) = answer.await.map_err(|_| gone(()))?;
        let meta = SnapshotMetaOf::<TypeConfig> { last_log_id, last_membership };
        Ok(SnapshotOf::<TypeConfig, SnapshotMark> { meta, snapshot: SnapshotMark })
    }
}
