//! JSON merge patch, as upstream's library merges.

use serde_json::{Map, Value};

/// Merges `patch` into `current`: null takes a member out.
///
/// Where something new comes, or something takes the place of what is no map, nulls are taken out of it too, also of maps in lists;
/// what replaces a map as a whole keeps them.
pub(super) fn merge(current: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, mut value) in patch {
        if value.is_null() {
            current.swap_remove(&name);
            continue;
        }
        match current.get_mut(&name) {
            None | Some(Value::Null) => {
                drop_nulls(&mut value);
                current.insert(name, value);
            }
            Some(known) => merge_value(known, value),
        }
    }
}

fn merge_value(current: &mut Value, mut patch: Value) {
    match (current, patch) {
        (Value::Object(current), Value::Object(patch)) => merge(current, patch),
        (current @ Value::Object(_), other) => *current = other,
        (current, other) => {
            patch = other;
            drop_nulls(&mut patch);
            *current = patch;
        }
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(mut current: Value, patch: Value) -> Value {
        merge_value(&mut current, patch);
        current
    }

    #[test]
    fn nulls_stay_only_where_a_map_is_replaced_and_as_items() {
        let patch = || json!({"x": [null, {"y": null, "z": [{"y": null}]}]});
        assert_eq!(merged(json!({}), patch()), json!({"x": [null, {"z": [{}]}]}));
        assert_eq!(merged(json!({"x": 1}), patch()), json!({"x": [null, {"z": [{}]}]}));
        assert_eq!(merged(json!({"x": null}), patch()), json!({"x": [null, {"z": [{}]}]}));
        assert_eq!(merged(json!({"x": {"a": 1}}), patch()), patch());
        assert_eq!(merged(json!({"x": {"a": 1}}), json!({"x": {"a": null, "b": {"c": null}}})), json!({"x": {"b": {}}}));
    }
}
