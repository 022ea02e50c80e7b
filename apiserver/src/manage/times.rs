//! Entries whose time alone has moved.

use kontiki_api::member;
use serde_json::{Map, Value};

use crate::prepare::metadata;

const FIELD: &str = "managedFields";

/// Where `new` differs from `old` in nothing but the times of its managers, the old times stand: writing
/// what is there already changes nothing.
pub(crate) fn keep_times(new: &mut Value, old: &Value) {
    let Some(before) = entries(old) else { return };
    // Most writes change something else, which is seen at once.
    if !same_beside_metadata(new, old) {
        return;
    }
    let moved = entries(new).is_some_and(|now| now != before && same_but_for_times(now, before));
    if moved && same_metadata(new, old) {
        metadata(new).insert(FIELD.into(), Value::Array(before.clone()));
    }
}

fn entries(object: &Value) -> Option<&Vec<Value>> {
    object.get("metadata")?.get(FIELD)?.as_array()
}

fn same_but_for_times(now: &[Value], before: &[Value]) -> bool {
    let same = |(now, before): (&Value, &Value)| match (now.as_object(), before.as_object()) {
        (Some(now), Some(before)) => same_without(now, before, "time"),
        _ => false,
    };
    now.len() == before.len() && now.iter().zip(before).all(same)
}

fn same_beside_metadata(new: &Value, old: &Value) -> bool {
    matches!((new, old), (Value::Object(new), Value::Object(old)) if same_without(new, old, "metadata"))
}

fn same_metadata(new: &Value, old: &Value) -> bool {
    match (new.get("metadata"), old.get("metadata")) {
        (Some(Value::Object(new)), Some(Value::Object(old))) => same_without(new, old, FIELD),
        _ => false,
    }
}

/// Whether both are the same but for `field`.
fn same_without(a: &Map<String, Value>, b: &Map<String, Value>, field: &str) -> bool {
    let counts = |map: &Map<String, Value>| map.len() - usize::from(map.contains_key(field));
    counts(a) == counts(b) && a.iter().all(|(name, value)| name == field || member(b, name) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(time: &str, data: &str) -> Value {
        json!({"metadata": {"name": "x", "managedFields": [{"manager": "a", "time": time}]}, "data": data})
    }

    #[test]
    fn only_a_change_moves_the_time() {
        let old = object("1", "a");
        let mut same = object("2", "a");
        keep_times(&mut same, &old);
        assert_eq!(same, old);
        let mut changed = object("2", "b");
        keep_times(&mut changed, &old);
        assert_eq!(changed, object("2", "b"));
        let mut joined = object("2", "a");
        joined["metadata"]["managedFields"][0]["manager"] = "b".into();
        let before = joined.clone();
        keep_times(&mut joined, &old);
        assert_eq!(joined, before);
    }
}
