use std::time::Duration;

use openraft::async_runtime::watch::WatchReceiver;

use super::Raft;

/// A snapshot that is on its way to a peer keeps the log; so often it is tried again, and so many times.
const EVERY: Duration = Duration::from_secs(1);
const TRIES: usize = 120;

/// Takes everything out of the log that is applied when this is called, once a snapshot holds it.
///
/// # Errors
/// Where that does not succeed within two minutes.
pub(crate) async fn purge_applied(raft: &Raft) -> Result<(), String> {
    let applied = raft.metrics().borrow_watched().last_applied;
    let Some(applied) = applied else { return Ok(()) };
    let wait = raft.wait(Some(EVERY));
    for _ in 0..TRIES {
        raft.trigger().snapshot().await.map_err(|error| error.to_string())?;
        let saved = wait.metrics(|metrics| metrics.snapshot >= Some(applied), "snapshot").await;
        if saved.is_err() {
            continue;
        }
        raft.trigger().purge_log(applied.index).await.map_err(|error| error.to_string())?;
        if wait.metrics(|metrics| metrics.purged >= Some(applied), "purge").await.is_ok() {
            return Ok(());
        }
    }
    Err("the log is held by a member that catches up".into())
}
