//! `meta.k8s.io/v1 Table`: what `kubectl get` prints.

use std::sync::Arc;

use kontiki_api::kind::Kind;
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
    note_conditions(&list.kind, &mut table, &objects);
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
    row_of(kind, "", &value_of(kind, object), now, wanted)
}

/// The table of one object that is not stored as it is: of `kind`, or of what its `subresource` answers with.
pub fn row_of(kind: &Kind, subresource: &str, object: &Value, now: Time, wanted: Negotiated) -> Value {
    let mut table = render(kind.columns_of(subresource), [object], now, wanted.include, wanted.meta);
    note_conditions(kind, &mut table, std::slice::from_ref(object));
    if !wanted.headed {
        table["columnDefinitions"] = Value::Null;
    }
    let revision = meta_text(object, "resourceVersion");
    if !revision.is_empty() {
        table["metadata"] = json!({"resourceVersion": revision});
    }
    table
}

/// Marks rows whose objects have done what they are for.
fn note_conditions(kind: &Kind, table: &mut Value, objects: &[Value]) {
    let rows = table.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten();
    for (row, object) in rows.zip(objects) {
        if let Some(conditions) = (kind.hooks.row_conditions)(object) {
            row["conditions"] = conditions;
        }
    }
}
