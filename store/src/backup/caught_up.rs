use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use inotify::{Inotify, WatchMask};
use sqlx::SqliteConnection;
use tokio::time::{Instant, timeout_at};

use super::BackupError;
use crate::sqlite::format::LogIdForm;
use crate::sqlite::lock::FolderLock;
use crate::sqlite::meta::peek_meta;
use crate::sqlite::table;

/// So long the process that serves the store may take to write its tables.
const PATIENCE: Duration = Duration::from_secs(10);
/// SQLite lets others read what it has written only a moment after the write that is noticed, and that moment is not: whoever looked in
/// between would wait for ever.
const SHOWN: Duration = Duration::from_millis(20);
/// Room for the notices of one read; of one file they are all alike.
const NOTICES: usize = 1024;

/// Waits until the tables in `folder` hold the log up to `end`. Another process writes them: the system tells of its
/// writes. Where no process serves the store, nothing is waited for.
pub(super) async fn caught_up(tables: &mut SqliteConnection, folder: &Path, end: u64) -> Result<(), BackupError> {
    let until = Instant::now() + PATIENCE;
    let mut applied = applied(tables).await?;
    if applied >= end {
        return Ok(());
    }
    let path = folder.join(format!("{}-wal", table::FILE));
    let failed = BackupError::file(&path);
    let inotify = Inotify::init().map_err(&failed)?;
    inotify.watches().add(&path, WatchMask::MODIFY).map_err(&failed)?;
    let mut notices = inotify.into_event_stream([0; NOTICES]).map_err(&failed)?;
    loop {
        applied = self::applied(tables).await?;
        if applied >= end {
            return Ok(());
        }
        let served = FolderLock::take(folder).is_err();
        if !served || Instant::now() >= until {
            return Err(BackupError::Behind { applied, log: end });
        }
        let _ = timeout_at(until.min(Instant::now() + SHOWN), notices.next()).await;
    }
}

async fn applied(tables: &mut SqliteConnection) -> Result<u64, BackupError> {
    let found: Option<LogIdForm> = peek_meta(tables, "applied").await?;
    Ok(found.map_or(0, |id| id.index))
}
