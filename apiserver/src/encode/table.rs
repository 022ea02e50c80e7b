//! `meta.k8s.io/v1 Table`: what `kubectl get` prints.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use kontiki_api::table::{Include, render};
use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::value_of;
use crate::server::List;

/// The table of a list.
pub fn table(list: &List, now: Time, include: Include) -> Value {
    let objects: Vec<Value> = list.objects.iter().map(|object| value_of(&list.kind, object)).collect();
    let mut table = render(&list.kind, &objects, now, include);
    let mut metadata = json!({"resourceVersion": list.revision.to_string()});
    if let Some(next) = &list.next {
        metadata["continue"] = next.as_str().into();
    }
    if let Some(remaining) = list.remaining {
        metadata["remainingItemCount"] = remaining.into();
    }
    table["metadata"] = metadata;
    table
}

/// The table of one object.
pub fn one_row(kind: &Kind, object: &Arc<Object>, now: Time, include: Include) -> Value {
    let mut table = render(kind, [&value_of(kind, object)], now, include);
    table["metadata"] = json!({"resourceVersion": object.revision.to_string()});
    table
}
