//! `meta.k8s.io/v1 Table`: what `kubectl get` prints.

use std::sync::Arc;

use kontiki_api::kind::{Column, Kind};
use kontiki_api::object::Object;
use kontiki_api::table::render;
use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::{Negotiated, value_of};
use crate::prepare::meta_text;
use crate::server::List;

/// The table of a list.
pub fn table(list: &List, now: Time, wanted: Negotiated) -> Value {
    let objects: Vec<Value> = list.objects.iter().map(|object| value_of(&list.kind, object)).collect();
    let mut table = render(&list.kind.columns, &objects, now, wanted.include, wanted.meta);
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
pub fn one_row(kind: &Kind, object: &Arc<Object>, now: Time, wanted: Negotiated) -> Value {
    row_of(&kind.columns, &value_of(kind, object), now, wanted)
}

/// The table of one object that is not stored as it is.
pub fn row_of(columns: &[Column], object: &Value, now: Time, wanted: Negotiated) -> Value {
    let mut table = render(columns, [object], now, wanted.include, wanted.meta);
    let revision = meta_text(object, "resourceVersion");
    if !revision.is_empty() {
        table["metadata"] = json!({"resourceVersion": revision});
    }
    table
}
