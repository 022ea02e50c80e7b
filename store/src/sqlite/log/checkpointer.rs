use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{Connection, SqliteConnection};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::FILE;
use crate::sqlite::health::Health;

/// Moves the write-ahead part of `log.db` into its place beside the writer.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    due: mpsc::Sender<()>,
    done: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Checkpointer {
    /// Works on `connection` until it is closed, and syncs `file`, which is `log.db`.
    pub fn start(connection: SqliteConnection, file: Arc<File>, health: Health) -> Self {
        let (due, asked) = mpsc::channel(1);
        let done = Arc::<AtomicBool>::default();
        let task = tokio::spawn(run(connection, (file, health), asked, done.clone()));
        Self { due, done, task }
    }

    /// Asks for a checkpoint, where none waits already.
    pub fn ask(&self) {
        self.done.store(false, Ordering::Release);
        let _ = self.due.try_send(());
    }

    /// Whether one has ended since the last was asked for.
    pub fn has_ended(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    /// Ends it. A connection that outlived the file could take the write-ahead part of a new one with it.
    pub async fn close(self) {
        drop(self.due);
        if let Err(error) = self.task.await {
            tracing::warn!(%error, "ending checkpoints");
        }
    }
}

async fn run(
    mut connection: SqliteConnection,
    (file, health): (Arc<File>, Health),
    mut asked: mpsc::Receiver<()>,
    done: Arc<AtomicBool>,
) {
    while asked.recv().await.is_some() {
        match sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut connection).await {
            Ok(_) => {
                if let Err(error) = sync(&file).await {
                    health.fail(FILE, &error);
                    break;
                }
                done.store(true, Ordering::Release);
            }
            Err(error) => tracing::warn!(%error, "checkpointing log.db"),
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "closing log.db");
    }
}

/// SQLite syncs the database only where a checkpoint has moved everything, which beside a busy writer none ever has. What
/// was moved meanwhile would be synced at once, by the writer, while everybody waits.
async fn sync(file: &Arc<File>) -> io::Result<()> {
    let file = Arc::clone(file);
    tokio::task::spawn_blocking(move || file.sync_data()).await.map_err(io::Error::other).flatten()
}
