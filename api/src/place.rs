//! Places in JSON.

use serde_json::{Map, Value};

/// What `value` holds at `pointer`, a JSON pointer; as [`Value::pointer`], which takes memory for every step.
pub fn place<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    if pointer.contains('~') {
        return value.pointer(pointer);
    }
    let Some(steps) = pointer.strip_prefix('/') else { return pointer.is_empty().then_some(value) };
    steps.split('/').try_fold(value, |value, step| match value {
        Value::Object(map) => member(map, step),
        Value::Array(_) => value.pointer(&format!("/{step}")),
        _ => None,
    })
}

/// The member of `value` called `name`, where it is an object that has one.
pub fn member_of<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object().and_then(|map| member(map, name))
}

/// A map of no more members is looked through faster than a name is hashed.
const FEW: usize = 12;

/// The member of `map` called `name`.
pub fn member<'v>(map: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    if map.len() > FEW {
        return map.get(name);
    }
    map.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
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
