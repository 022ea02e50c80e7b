//! Preparation by two facts of a kind: whether it has a status of its own, whether its generations count.

use serde_json::{Map, Value};

use super::super::defaults::{apply, apply_to_status};
use super::gated;

/// Clears the status and starts counting.
pub(super) fn create<const STATUS: bool, const COUNTED: bool>(object: &mut Value) {
    if STATUS {
        put(object, "status", Value::Object(Map::new()));
        apply_to_status(object);
    }
    gated::drop_off(object, None);
    if COUNTED {
        set_generation(object, 1);
    }
}

/// Keeps the old status, and counts a change of anything but metadata.
pub(super) fn update<const STATUS: bool, const COUNTED: bool>(new: &mut Value, old: &Value) {
    if STATUS {
        keep(new, old, "status");
    }
    gated::drop_off(new, Some(old));
    if COUNTED {
        count(new, old, wants_the_same(new, old));
    }
}

/// Sets the generation to the old one, and one more unless nothing changed.
pub(super) fn count(new: &mut Value, old: &Value, same: bool) {
    let before = old["metadata"]["generation"].as_i64().unwrap_or_default();
    set_generation(new, if same { before } else { before + 1 });
}

/// Whether nothing but metadata and status differs.
pub(super) fn wants_the_same(new: &Value, old: &Value) -> bool {
    !differs(new, old, |object| {
        let members = object.as_object().cloned().unwrap_or_default();
        members
            .into_iter()
            .filter(|(name, _)| !matches!(name.as_str(), "metadata" | "status" | "apiVersion" | "kind"))
            .collect::<Map<_, _>>()
    })
}

/// Whether `part` of the two differs in more than defaults that were not yet known when `old` was stored: upstream fills them in
/// whenever it reads.
pub(super) fn differs<T: PartialEq>(new: &Value, old: &Value, part: impl Fn(&Value) -> T) -> bool {
    let wanted = part(new);
    if wanted == part(old) {
        return false;
    }
    let mut completed = old.clone();
    apply(&mut completed);
    completed == *old || wanted != part(&completed)
}

/// Sets member `name` of `object`.
pub(super) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(name.into(), value);
    }
}

/// Member `name` becomes that of `old`, or goes.
pub(super) fn keep(new: &mut Value, old: &Value, name: &str) {
    let Some(map) = new.as_object_mut() else { return };
    match old.get(name) {
        Some(value) => drop(map.insert(name.into(), value.clone())),
        None => drop(map.shift_remove(name)),
    }
}

fn set_generation(object: &mut Value, generation: i64) {
    let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    match generation {
        0 => drop(meta.shift_remove("generation")),
        count => drop(meta.insert("generation".into(), count.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_change_of_what_is_wanted_counts() {
        let mut old = json!({"metadata": {"name": "a"}, "spec": {"replicas": 1}, "status": {"replicas": 9}});
        create::<true, true>(&mut old);
        assert_eq!((&old["metadata"]["generation"], &old["status"]), (&json!(1), &json!({})));
        let mut new = json!({"metadata": {"name": "a", "labels": {"x": "y"}, "generation": 7}, "spec": {"replicas": 1}, "status": {"replicas": 3}});
        update::<true, true>(&mut new, &old);
        assert_eq!((&new["metadata"]["generation"], &new["status"]), (&json!(1), &json!({})));
        new["spec"]["replicas"] = 2.into();
        update::<true, true>(&mut new, &old);
        assert_eq!(new["metadata"]["generation"], 2);
    }
}
