//! Divides the seats anew whenever a flow schema or priority level changes, and says which schemas lack their level.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::select_all;
use kontiki_api::meta::Resource;
use kontiki_store::Range;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::dangling::tell;
use crate::server::Server;

/// Their group.
pub(super) const GROUP: &str = "flowcontrol.apiserver.k8s.io";
/// Flow schemas.
pub(super) const SCHEMAS: &str = "flowschemas";
/// Priority levels.
pub(super) const LEVELS: &str = "prioritylevelconfigurations";

/// Follows the objects that say how `server` divides its seats, until `stop`. Must be called within a Tokio runtime.
pub fn follow(server: &Arc<Server>, stop: CancellationToken) {
    let server = Arc::clone(server);
    tokio::spawn(async move { stop.run_until_cancelled(run(&server)).await });
}

async fn run(server: &Server) {
    let store = server.store();
    loop {
        let ranges = [SCHEMAS, LEVELS].map(|plural| Range::Resource(Resource::new(GROUP, plural)));
        let revision = store.revision();
        let watches: Result<Vec<_>, _> = ranges.iter().map(|range| store.watch(range, revision)).collect();
        // A watch from now on can only miss when the store compacts in between: once more then.
        let Ok(watches) = watches else {
            tokio::task::yield_now().await;
            continue;
        };
        let mut changes = select_all(watches);
        loop {
            let objects: Vec<_> = ranges.iter().flat_map(|range| store.list(range).objects).collect();
            if !objects.is_empty() {
                let values: Vec<Value> = objects.iter().map(|object| object.to_value()).collect();
                server.priorities.configure(&values);
                tell(server, &objects).await;
            }
            match next(&mut changes).await {
                Some(true) => {}
                Some(false) => break,
                None => return,
            }
        }
    }
}

/// Waits for a change; `false` where the watch fell behind, `None` where the store is closed.
async fn next(changes: &mut futures::stream::SelectAll<kontiki_store::Watch>) -> Option<bool> {
    loop {
        match changes.next().await? {
            Ok(batch) if batch.events.is_empty() => {}
            Ok(_) => return Some(true),
            Err(_) => return Some(false),
        }
    }
}
