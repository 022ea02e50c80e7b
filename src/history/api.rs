//! What the master that leads answers about what is forgotten, under `/kontiki/v1/forgotten`.

use std::sync::Arc;

use http::Method;
use kontiki_api::meta::Resource;
use kontiki_api::status::Status;
use kontiki_runtime::clock::{Clock, SystemClock};
use kontiki_store::{Range, SqliteStore, Store, forget, remember};
use serde_json::{Value, json};

use crate::members::write_record;

/// The path below `/kontiki/v1/`.
pub const FORGOTTEN: &str = "forgotten";

/// Forgets (`PUT`) or remembers (`DELETE`) the past of the collection `name`, from now on. Says whether there is anything
/// of it, as a name may be mistyped.
///
/// # Errors
/// A name that no collection has, or the store's refusal.
pub async fn answer(store: &Arc<SqliteStore>, method: &Method, name: &str) -> Result<Value, Status> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let resource = Resource::from(name);
    if name.is_empty() || !name.bytes().all(fits) || resource.is_internal() {
        let why =
            format!("{name:?} is no kind: name it as kubectl api-resources -o name does, such as leases.coordination.k8s.io");
        return Err(Status::bad_request(why));
    }
    let change = if method == Method::PUT { Some(forget(&resource)) } else { remember(&**store, &resource) };
    if let Some(change) = change {
        let written = write_record(&**store, change, Vec::new(), SystemClock::default().now()).await;
        written.map_err(|error| Status::internal(format!("{error:#}")))?;
    }
    let there = !store.list(&Range::Resource(resource)).objects.is_empty();
    Ok(json!({"there": there}))
}
