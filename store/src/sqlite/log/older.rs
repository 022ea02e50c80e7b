use std::fmt::Debug;
use std::io;

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::LogFile;
use super::store::ended;
use crate::raft::Entry;
use crate::sqlite::OpenError;

/// The entries that are no longer in memory.
#[async_trait]
pub(crate) trait OlderEntries: Debug + Send + Sync + 'static {
    /// Those from `start` up to and without `end`; all of them have been written.
    async fn read(&self, start: u64, end: u64) -> io::Result<Vec<Entry>>;

    /// Nothing is read from now on.
    async fn close(&self);
}

/// Those in `log.db`.
#[derive(Debug)]
pub(crate) struct FileEntries(Mutex<Option<LogFile>>);

impl FileEntries {
    /// The entries in `file`.
    pub fn new(file: LogFile) -> Self {
        Self(Mutex::new(Some(file)))
    }

    /// See [`LogFile::verify`]. `None`, too, once it is closed.
    pub async fn verify(&self, after: i64) -> Result<Option<(i64, u64)>, OpenError> {
        match self.0.lock().await.as_mut() {
            Some(file) => file.verify(after).await,
            None => Ok(None),
        }
    }
}

#[async_trait]
impl OlderEntries for FileEntries {
    async fn read(&self, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        let mut file = self.0.lock().await;
        let file = file.as_mut().ok_or_else(ended)?;
        file.read(start, end).await.map_err(io::Error::other)
    }

    async fn close(&self) {
        if let Some(file) = self.0.lock().await.take() {
            file.close().await;
        }
    }
}
