use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{Connection, SqliteConnection};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Moves the write-ahead part of `log.db` into its place beside the writer.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    due: mpsc::Sender<()>,
    done: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Checkpointer {
    /// Works on `connection` until it is closed.
    pub fn start(connection: SqliteConnection) -> Self {
        let (due, asked) = mpsc::channel(1);
        let done = Arc::<AtomicBool>::default();
        let task = tokio::spawn(run(connection, asked, done.clone()));
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

async fn run(mut connection: SqliteConnection, mut asked: mpsc::Receiver<()>, done: Arc<AtomicBool>) {
    while asked.recv().await.is_some() {
        match sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut connection).await {
            Ok(_) => done.store(true, Ordering::Release),
            Err(error) => tracing::warn!(%error, "checkpointing log.db"),
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "closing log.db");
    }
}
