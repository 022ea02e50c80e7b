//! Divides the seats anew whenever a flow schema or priority level changes.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::select_all;
use kontiki_api::meta::Resource;
use kontiki_store::Range;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::server::Server;

const FOLLOWED: [&str; 2] = ["flowschemas", "prioritylevelconfigurations"];

/// Follows the objects that say how `server` divides its seats, until `stop`. Must be called within a Tokio runtime.
pub fn follow(server: &Arc<Server>, stop: CancellationToken) {
    let server = Arc::clone(server);
    tokio::spawn(async move { stop.run_until_cancelled(run(&server)).await });
}

async fn run(server: &Server) {
    let store = server.store();
    loop {
        let ranges = FOLLOWED.map(|plural| Range::Resource(Resource::new("flowcontrol.apiserver.k8s.io", plural)));
        let revision = store.revision();
        let watches: Result<Vec<_>, _> = ranges.iter().map(|range| store.watch(range, revision)).collect();
        // A watch from now on can only miss when the store compacts in between: once more then.
        let Ok(watches) = watches else {
            tokio::task::yield_now().await;
            continue;
        };
        let mut changes = select_all(watches);
        loop {
            let objects: Vec<Value> =
                ranges.iter().flat_map(|range| store.list(range).objects).map(|object| object.to_value()).collect();
            if !objects.is_empty() {
                server.priorities.configure(&objects);
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
