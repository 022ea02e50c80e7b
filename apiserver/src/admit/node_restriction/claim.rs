//! The status of claims.

use serde_json::{Map, Value};

use crate::admit::Admission;

/// What of a claim's status is the node's to tell.
const TOLD: [&str; 4] = ["capacity", "conditions", "allocatedResources", "allocatedResourceStatuses"];
/// What of its metadata every write changes.
const CHANGES: [&str; 2] = ["resourceVersion", "managedFields"];

/// Why the kubelet of `node` may not write this claim; `None` where it may. Nothing but sizes and conditions may differ,
/// neither labels nor finalizers.
pub(super) fn refused(admission: &Admission<'_>, node: &str) -> Option<String> {
    if &*admission.target.subresource != "status" {
        return Some("may only update PVC status".into());
    }
    let differs = rest(admission.old?) != rest(admission.object);
    differs.then(|| format!("node {node:?} is not allowed to update fields other than status.capacity and status.conditions"))
}

/// The claim without what the node may tell; what is empty counts as not there.
fn rest(claim: &Value) -> Value {
    let mut claim = claim.clone();
    for (part, fields) in [("metadata", &CHANGES[..]), ("status", &TOLD)] {
        if let Some(part) = claim.get_mut(part).and_then(Value::as_object_mut) {
            part.retain(|field, _| !fields.contains(&field.as_str()));
        }
    }
    drop_empty(&mut claim);
    claim
}

fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(drop_empty);
            map.retain(|_, value| !is_empty(value));
        }
        Value::Array(list) => list.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}
