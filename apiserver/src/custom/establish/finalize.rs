//! Empties a definition that goes.

use std::sync::Arc;

use futures::StreamExt;
use kontiki_api::Text;
use kontiki_api::custom::{CLEANUP, Crd, DEFINITIONS, storage_row};
use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_api::request::Verb;
use kontiki_api::status::{Reason, Status};
use kontiki_store::Range;
use serde_json::{Value, json};

use super::conditions::set;
use super::write::{patch, request};
use crate::server::Server;
use crate::write::delete_collection;

/// Deletes every object of the definition called `name`, waits until they are gone, and lets the definition go.
///
/// # Errors
/// What could not be written or deleted; the whole may be tried again.
pub(super) async fn finalize(server: &Server, name: &Text) -> Result<(), Status> {
    let Some(crd) = waiting(server, name) else { return Ok(()) };
    tell(server, &crd.object, true, "InstanceDeletionInProgress", "CustomResource deletion is in progress").await?;
    let instances = Range::Resource(crd.resource.clone());
    loop {
        let listing = server.config.store.list(&instances);
        if listing.objects.is_empty() {
            break;
        }
        let Ok(mut changes) = server.config.store.watch(&instances, listing.revision) else { continue };
        let Some(crd) = waiting(server, name) else { return Ok(()) };
        match empty(server, &crd).await {
            Err(status) if status.reason == Reason::Conflict => continue,
            emptied => emptied?,
        }
        if server.config.store.list(&instances).objects.is_empty() {
            break;
        }
        // What has finalizers goes when others have done their part.
        let _ = changes.next().await;
    }
    let Some(crd) = waiting(server, name) else { return Ok(()) };
    tell(server, &crd.object, false, "InstanceDeletionCompleted", "removed all instances").await?;
    let Some(crd) = waiting(server, name) else { return Ok(()) };
    let kept: Vec<&Text> = crd.object.head.finalizers.iter().filter(|finalizer| &***finalizer != CLEANUP).collect();
    patch(server, &crd.object, "", json!({"metadata": {"finalizers": kept}})).await
}

/// The definition, as long as it waits for its objects to go.
fn waiting(server: &Server, name: &Text) -> Option<Arc<Crd>> {
    let crd = server.definition(name)?;
    (crd.terminating && crd.object.head.finalizers.iter().any(|finalizer| &**finalizer == CLEANUP)).then_some(crd)
}

async fn tell(server: &Server, definition: &Object, holds: bool, reason: &str, message: &str) -> Result<(), Status> {
    let stored = server.config.store.get(&Key::new(DEFINITIONS, "", definition.key.name.clone()));
    let value = stored.map(|stored| stored.to_value()).unwrap_or_default();
    let before = value["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let mut conditions = before.clone();
    set(&mut conditions, "Terminating", holds, reason, message, server.now());
    if conditions == before {
        return Ok(());
    }
    patch(server, definition, "status", json!({"status": {"conditions": Value::Array(conditions)}})).await
}

async fn empty(server: &Server, crd: &Arc<Crd>) -> Result<(), Status> {
    let Some(row) = storage_row(crd).map(Arc::new) else { return Ok(()) };
    let mut request = request(Verb::DeleteCollection, &crd.object, "");
    request.target.group = row.group.clone();
    request.target.version = row.version.clone();
    request.target.plural = row.plural.clone();
    request.target.name = "".into();
    request.content_type = "".into();
    delete_collection(server, &row, &request).await.map(drop)
}
