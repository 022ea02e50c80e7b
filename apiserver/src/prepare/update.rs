//! A changed object.

use kontiki_api::kind::Kind;
use kontiki_api::place;
use kontiki_api::time::Time;
use serde_json::{Map, Value};

use super::create::drop_empty;
use super::metadata;

/// Which part of an object a write may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything but the status.
    Object,
    /// The status, and those fields of `metadata` that the row names.
    Status,
    /// Some places of the spec, which count as a new generation; already cut down to them.
    Places,
    /// Whatever its own file says; already cut down to that.
    Own,
}

/// Fields of `metadata` that updates keep as they are.
const KEPT: [&str; 5] = ["name", "namespace", "uid", "creationTimestamp", "generation"];

/// Puts back what this write may not touch.
pub(crate) fn restrict(kind: &Kind, part: Part, new: &mut Value, old: &Value) {
    keep_metadata(metadata(new), old);
    match part {
        Part::Object if kind.subresource("status").is_some() => keep(new, old, "status"),
        Part::Status => keep_all_but_status(new, old, kind.status_takes),
        _ => {}
    }
}

/// Runs the row's own preparation, counts the generation, and sets the times that are not told.
pub(crate) fn prepare_update(kind: &Kind, part: Part, new: &mut Value, old: &Value, now: Time) {
    (kind.hooks.stamp)(new, Some(old), now);
    match part {
        Part::Object => kind.prepare_update(new, old),
        Part::Places => count_generation(new, old),
        Part::Status => kind.prepare_status(new, old, now),
        Part::Own => {}
    }
}

fn keep_metadata(meta: &mut Map<String, Value>, old: &Value) {
    let before = old.get("metadata").and_then(Value::as_object);
    for field in KEPT {
        match before.and_then(|before| before.get(field)) {
            Some(value) => {
                if meta.get(field) != Some(value) {
                    meta.insert(field.into(), value.clone());
                }
            }
            None => {
                meta.shift_remove(field);
            }
        }
    }
    keep_deletion(meta, before);
    meta.shift_remove("selfLink");
    drop_empty(meta, &["labels", "annotations", "finalizers", "ownerReferences"]);
}

/// A deletion under way goes on. What says that there is one where there is none, or that it gives another grace, stays and is
/// refused as a change.
fn keep_deletion(meta: &mut Map<String, Value>, before: Option<&Map<String, Value>>) {
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
        let old = before.and_then(|before| before.get(field));
        let untold = meta.get(field).is_none_or(Value::is_null);
        match old {
            Some(value) if untold || field == "deletionTimestamp" => drop(meta.insert(field.into(), value.clone())),
            None if untold => drop(meta.shift_remove(field)),
            _ => {}
        }
    }
}

fn keep(new: &mut Value, old: &Value, field: &str) {
    let Some(map) = new.as_object_mut() else { return };
    match old.get(field) {
        Some(value) => {
            map.insert(field.into(), value.clone());
        }
        None => {
            map.shift_remove(field);
        }
    }
}

fn keep_all_but_status(new: &mut Value, old: &Value, takes: &[&str]) {
    // Who owns what is noted of a write of the status as of any other.
    let is_taken = |field: &String| field == "managedFields" || takes.contains(&field.as_str());
    let status = new.get_mut("status").map(Value::take);
    let sent = std::mem::take(metadata(new));
    let Some(before) = old.as_object() else { return };
    let mut out = Map::with_capacity(before.len() + 1);
    for (field, value) in before.iter().filter(|(field, _)| !matches!(field.as_str(), "metadata" | "status")) {
        out.insert(field.clone(), value.clone());
    }
    let kept = before.get("metadata").and_then(Value::as_object).into_iter().flatten().filter(|(field, _)| !is_taken(field));
    let mut meta: Map<String, Value> = kept.map(|(field, value)| (field.clone(), value.clone())).collect();
    meta.extend(sent.into_iter().filter(|(field, _)| is_taken(field)));
    out.insert("metadata".into(), Value::Object(meta));
    if let Some(status) = status.filter(|status| !status.is_null()) {
        out.insert("status".into(), status);
    }
    *new = Value::Object(out);
}

/// An object that counts generations counts one more where anything but metadata and status changed.
fn count_generation(new: &mut Value, old: &Value) {
    let Some(before) = place(old, "/metadata/generation").and_then(Value::as_i64) else { return };
    if differs_in_substance(new, old) {
        metadata(new).insert("generation".into(), (before + 1).into());
    }
}

fn differs_in_substance(new: &Value, old: &Value) -> bool {
    let (Some(new), Some(old)) = (new.as_object(), old.as_object()) else { return true };
    let counts = |field: &&String| !matches!(field.as_str(), "apiVersion" | "kind" | "metadata" | "status");
    let changed = new.iter().filter(|(field, _)| counts(field)).any(|(field, value)| old.get(field) != Some(value));
    changed || old.keys().filter(counts).any(|field| !new.contains_key(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_status_write_keeps_the_spec_and_takes_what_the_row_says_of_the_metadata() {
        let old = json!({"metadata": {"name": "x", "labels": {"l": "1"}, "annotations": {"a": "1"}, "managedFields": [1]},
            "spec": {"a": 1}, "status": {"n": 1}});
        let mut new =
            json!({"metadata": {"name": "x", "labels": {"l": "2"}, "managedFields": [2]}, "spec": {"a": 2}, "status": {"n": 2}});
        let mut all = new.clone();
        keep_all_but_status(&mut new, &old, &["labels"]);
        let meta = json!({"name": "x", "labels": {"l": "2"}, "annotations": {"a": "1"}, "managedFields": [2]});
        assert_eq!(new, json!({"metadata": meta, "spec": {"a": 1}, "status": {"n": 2}}));
        keep_all_but_status(&mut all, &old, &["labels", "annotations"]);
        assert_eq!(all["metadata"], json!({"name": "x", "labels": {"l": "2"}, "managedFields": [2]}));
    }

    #[test]
    fn the_generation_counts_changes_of_substance() {
        let old = json!({"metadata": {"name": "x", "generation": 3}, "spec": {"a": 1}});
        let mut same = json!({"metadata": {"name": "x", "generation": 3, "labels": {}}, "spec": {"a": 1}});
        count_generation(&mut same, &old);
        assert_eq!(same["metadata"]["generation"], 3);
        let mut new = json!({"metadata": {"name": "x"}, "spec": {"a": 2}});
        keep_metadata(metadata(&mut new), &old);
        count_generation(&mut new, &old);
        assert_eq!(new["metadata"]["generation"], 4);
    }
}
