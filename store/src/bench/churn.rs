use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kontiki_api::time::Time;

use super::Figures;
use super::commits::commits_in_time;
use crate::{OpenError, Retention, SqliteConfig, SqliteStore, Store, WindowLimits};

/// How much faster commit time runs: what is compacted every ten seconds is compacted twenty times a second.
const HASTE: i64 = 200;

/// The same as [`super::commits`] on a new store in `folder` that keeps hardly any past: all the time, what was written
/// is compacted, and room is given back. What that costs writers shows in the worst latency.
///
/// # Errors
/// See [`OpenError`].
pub async fn churn(folder: &Path, clients: usize, limit: Duration) -> Result<Figures, OpenError> {
    let window = WindowLimits { age: Duration::from_secs(10), ..WindowLimits::default() };
    let retention = Retention { age: Duration::from_secs(10), ..Retention::default() };
    let store = SqliteStore::open(SqliteConfig { window, retention, ..SqliteConfig::single(folder) }).await?;
    let store: Arc<dyn Store> = store;
    let hastened =
        |elapsed: Duration| Time::from_micros(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX).saturating_mul(HASTE));
    let figures = commits_in_time(&store, clients, limit, hastened).await;
    store.close().await;
    Ok(figures)
}
