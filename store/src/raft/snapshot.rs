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
    Copy(Arc<dyn SnapshotBytes>),
}

/// The bytes of a snapshot on their way from one member to another.
#[async_trait]
pub(crate) trait SnapshotBytes: std::fmt::Debug + Send + Sync + 'static {
    /// Where they lie.
    fn path(&self) -> &Path;

    /// How many they are.
    fn length(&self) -> io::Result<u64>;

    /// Fills `part` from `offset` on.
    fn read(&self, part: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes `part` at `offset`.
    fn write(&self, part: &[u8], offset: u64) -> io::Result<()>;

    /// Brings everything to the disk.
    async fn sync(&self) -> io::Result<()>;
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
}

#[async_trait]
impl SnapshotBytes for SnapshotFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read(&self, part: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(part, offset)
    }

    fn write(&self, part: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(part, offset)
    }

    async fn sync(&self) -> io::Result<()> {
        let file = self.file.try_clone()?;
        tokio::task::spawn_blocking(move || file.sync_all()).await.map_err(io::Error::other)?
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
    /// The copy.
    pub file: Arc<dyn SnapshotBytes>,
    /// How far it goes.
    pub applied: Option<LogId>,
    /// The members as of then.
    pub membership: StoredMembership,
}

/// Where copies of the tables come from and go to.
#[async_trait]
pub(crate) trait SnapshotSource: Send + Sync + 'static {
    /// A consistent copy of the tables as they are now.
    async fn copy(&self) -> io::Result<SnapshotCopy>;

    /// Where one that a peer sends is gathered; nothing is there yet. There is one such place.
    fn incoming(&self) -> io::Result<Arc<dyn SnapshotBytes>>;
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
