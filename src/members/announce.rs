//! A master that has moved says so.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use http::Method;
use kontiki_apiserver::pki::Pki;
use kontiki_store::{SqliteStore, Store};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::as_master::as_master;
use super::ask::ask;
use super::record::{self, Record};

/// Between two tries.
const EVERY: Duration = Duration::from_millis(500);

/// Tells the leader where the API of this master is reached, until the cluster knows. The one that leads writes it down
/// itself when it begins to.
pub async fn announce(store: Arc<SqliteStore>, pki: Arc<Pki>, own: Record, stop: CancellationToken) {
    loop {
        let leadership = *store.leadership().borrow();
        let known = record::all(&*store).into_iter().find(|record| record.id == own.id);
        match known {
            Some(known) if known.api == own.api => return,
            Some(_) if leadership.own.is_none() => {
                if let Err(error) = tell(&store, &pki, &own).await {
                    tracing::debug!(error = format!("{error:#}"), "the others do not learn this master's new address yet");
                }
            }
            // Not a member yet, or about to write it down.
            _ => {}
        }
        // Bounded by the master's own life: until somebody leads, there is nothing to wait for but time.
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn tell(store: &Arc<SqliteStore>, pki: &Pki, own: &Record) -> Result<()> {
    let leader = store.leadership().borrow().leader.and_then(|leader| record::address_of(&**store, leader.node));
    let Some(leader) = leader else { return Ok(()) };
    ask(&as_master(pki, &leader)?, Method::POST, &format!("members/{}/address", own.id), json!({"api": own.api})).await?;
    Ok(())
}
