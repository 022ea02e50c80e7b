//! A master that has moved says so.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures::StreamExt;
use http::Method;
use kontiki_apiserver::pki::Pki;
use kontiki_store::{SqliteStore, Store};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::as_master::as_master;
use super::ask::ask;
use super::record::{self, Record};

/// Between a try that failed and the next.
const AGAIN: Duration = Duration::from_millis(500);

/// Tells the leader where the API of this master is reached, until the cluster knows. The one that leads writes it down
/// itself when it begins to. Looks again when somebody else leads, or what is known of the masters changes.
pub async fn announce(store: Arc<SqliteStore>, pki: Arc<Pki>, own: Record, stop: CancellationToken) {
    let mut leadership = store.leadership();
    loop {
        let mut records = record::watch(&*store);
        let leads = leadership.borrow_and_update().own.is_some();
        let known = record::all(&*store).into_iter().find(|record| record.id == own.id);
        let failed = match known {
            Some(known) if known.api == own.api => return,
            Some(_) if !leads => match tell(&store, &pki, &own).await {
                Ok(()) => false,
                Err(error) => {
                    tracing::debug!(error = format!("{error:#}"), "the others do not learn this master's new address yet");
                    true
                }
            },
            // Not a member yet, or about to write it down.
            _ => false,
        };
        tokio::select! {
            () = stop.cancelled() => return,
            changed = leadership.changed() => if changed.is_err() { return },
            _ = records.next() => {}
            () = tokio::time::sleep(AGAIN), if failed => {}
        }
    }
}

/// Tells the leader; nothing while there is none.
async fn tell(store: &Arc<SqliteStore>, pki: &Pki, own: &Record) -> Result<()> {
    let leader = store.leadership().borrow().leader.and_then(|leader| record::address_of(&**store, leader.node));
    let Some(leader) = leader else { return Ok(()) };
    ask(&as_master(pki, &leader)?, Method::POST, &format!("members/{}/address", own.id), json!({"api": own.api})).await?;
    Ok(())
}
