use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use openraft::RaftSnapshotBuilder;
use openraft::type_config::alias::{SnapshotMetaOf, SnapshotOf};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use super::{LogId, StoredMembership, TypeConfig};
use crate::sqlite::table::TableCommand;

/// The content of a snapshot.
#[derive(Clone, Debug)]
pub(crate) enum SnapshotData {
    /// `state.db` itself, on disk at least up to the log id in the snapshot's meta. It is copied only when a peer
    /// needs it, and then may reach further.
    Live,
    /// A copy that a peer sent.
    Copy(Arc<SnapshotFile>),
}

/// A file that goes when nobody holds it any more, unless it has been moved away before.
#[derive(Debug)]
pub(crate) struct SnapshotFile {
    path: PathBuf,
    file: File,
}

impl SnapshotFile {
    /// An empty file at `path`, for writing; what was there is gone.
    pub fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        Ok(Self { path, file })
    }

    /// The file at `path`.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let file = File::open(&path)?;
        Ok(Self { path, file })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its length.
    pub fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Fills `part` from `offset` on.
    pub fn read(&self, part: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(part, offset)
    }

    /// Writes `part` at `offset`.
    pub fn write(&self, part: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(part, offset)
    }

    /// Brings everything to the disk.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

impl Drop for SnapshotFile {
    fn drop(&mut self) {
        // It has been moved into its place where it is not there.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A copy of the tables, as of a log entry.
#[derive(Debug)]
pub(crate) struct SnapshotCopy {
    /// The file.
    pub file: SnapshotFile,
    /// How far it goes.
    pub applied: Option<LogId>,
    /// The members as of then.
    pub membership: StoredMembership,
}

/// Where copies of the tables come from.
#[async_trait]
pub(crate) trait SnapshotSource: Send + Sync + 'static {
    /// A consistent copy of the tables as they are now.
    async fn copy(&self) -> io::Result<SnapshotCopy>;
}

/// How far the newest snapshot reaches.
pub(crate) type SnapshotMark = Arc<Mutex<Option<SnapshotMetaOf<TypeConfig>>>>;

/// Makes snapshots by having `state.db` written through to the disk.
#[derive(Clone, Debug)]
pub(crate) struct Snapshots {
    tables: mpsc::Sender<TableCommand>,
    newest: SnapshotMark,
}

impl Snapshots {
    /// Snapshots of what `tables` writes; the newest is noted in `newest`.
    pub fn new(tables: mpsc::Sender<TableCommand>, newest: SnapshotMark) -> Self {
        Self { tables, newest }
    }
}

impl RaftSnapshotBuilder<TypeConfig> for Snapshots {
    type SnapshotData = SnapshotData;

    async fn build_snapshot(&mut self) -> Result<SnapshotOf<TypeConfig, SnapshotData>, io::Error> {
        let (reply, answer) = oneshot::channel();
        let gone = |_| io::Error::other("the table writer has ended");
        self.tables.send(TableCommand::Checkpoint(reply)).await.map_err(|_| gone(()))?;
        let (last_log_id, last_membership) = answer.await.map_err(|_| gone(()))?;
        let meta = SnapshotMetaOf::<TypeConfig> { last_log_id, last_membership };
        *self.newest.lock() = Some(meta.clone());
        Ok(SnapshotOf::<TypeConfig, SnapshotData> { meta, snapshot: SnapshotData::Live })
    }
}
