//! Places in JSON.

use serde_json::Value;

/// What `value` holds at `pointer`, a JSON pointer; as [`Value::pointer`], which takes memory for every step.
pub fn place<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    if pointer.contains('~') {
        return value.pointer(pointer);
    }
    let Some(steps) = pointer.strip_prefix('/') else { return pointer.is_empty().then_some(value) };
    steps.split('/').try_fold(value, |value, step| match value {
        Value::Object(map) => map.get(step),
        Value::Array(_) => value.pointer(&format!("/{step}")),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_are_found_as_json_pointers_say() {
        let value = json!({"a": {"b": [1, {"c": 2}], "": 3}, "x/y": 4});
        for pointer in ["", "/", "/a", "/a/b/1/c", "/a/b/01", "/a/", "/x~1y", "/a/b/c", "/a/b/1/c/d", "a"] {
            assert_eq!(place(&value, pointer), value.pointer(pointer), "{pointer}");
        }
    }
}
