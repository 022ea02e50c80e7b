//! What differs between two states of an object, field by field.

use std::collections::BTreeMap;

use serde_json::Value;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Where, as Kubernetes' own messages write it: `spec.containers[name=web].image`, `metadata.labels[a.b/c]`.
    pub path: String,
    /// Before; `None` where it was not there.
    pub old: Option<Value>,
    /// After; `None` where it is not there any more.
    pub new: Option<Value>,
}

/// Fields of the metadata that follow from the write itself.
const BOOKKEEPING: [&str; 2] = ["managedFields", "resourceVersion"];

/// The smallest fields that differ between `old` and `new`, in the order of the new object. Items of lists are
/// matched by `name` where all have one of their own, else by place. Who manages which field, and the revision, are
/// left out.
pub fn field_changes(old: &Value, new: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare("", old, new, &mut changes);
    changes
}

fn compare(path: &str, old: &Value, new: &Value, changes: &mut Vec<FieldChange>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(old), Value::Object(new)) => {
            let gone = old.keys().filter(|name| !new.contains_key(*name));
            for name in new.keys().chain(gone) {
                if path != "metadata" || !BOOKKEEPING.contains(&name.as_str()) {
                    one(&field(path, name), old.get(name), new.get(name), changes);
                }
            }
        }
        (Value::Array(old), Value::Array(new)) => match (by_name(old), by_name(new)) {
            (Some(old), Some(new)) => {
                let gone = old.keys().filter(|name| !new.contains_key(*name));
                for name in new.keys().chain(gone) {
                    let (old, new) = (old.get(name).copied(), new.get(name).copied());
                    one(&format!("{path}[name={name}]"), old, new, changes);
                }
            }
            _ => {
                for at in 0..old.len().max(new.len()) {
                    one(&format!("{path}[{at}]"), old.get(at), new.get(at), changes);
                }
            }
        },
        _ => changes.push(FieldChange { path: path.into(), old: Some(old.clone()), new: Some(new.clone()) }),
    }
}

fn one(path: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<FieldChange>) {
    match (old, new) {
        (Some(old), Some(new)) => compare(path, old, new, changes),
        (old, new) => changes.push(FieldChange { path: path.into(), old: old.cloned(), new: new.cloned() }),
    }
}

/// A key that is no plain word goes into brackets.
fn field(path: &str, name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
    match (plain, path.is_empty()) {
        (true, true) => name.into(),
        (true, false) => format!("{path}.{name}"),
        (false, _) => format!("{path}[{name}]"),
    }
}

/// The items by their names, where each has one of its own.
fn by_name(items: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let named: Option<BTreeMap<&str, &Value>> = items.iter().map(|item| Some((item.get("name")?.as_str()?, item))).collect();
    named.filter(|named| named.len() == items.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(old: &Value, new: &Value) -> Vec<String> {
        let text = |value: &Option<Value>| value.as_ref().map_or("-".into(), Value::to_string);
        field_changes(old, new).iter().map(|one| format!("{}: {} -> {}", one.path, text(&one.old), text(&one.new))).collect()
    }

    #[test]
    fn the_smallest_fields_that_differ_are_told_with_both_values() {
        let old = json!({"metadata": {"resourceVersion": "1", "managedFields": [], "labels": {"a.b/c": "1", "x": "1"}},
            "spec": {"replicas": 1, "containers": [{"name": "web", "image": "a"}, {"name": "log", "image": "b"}]}});
        let new = json!({"metadata": {"resourceVersion": "2", "managedFields": [1], "labels": {"a.b/c": "2"}},
            "spec": {"replicas": 3, "containers": [{"name": "new", "image": "n"}, {"name": "web", "image": "c"}]}});
        let expected = [
            r#"metadata.labels[a.b/c]: "1" -> "2""#,
            r#"metadata.labels.x: "1" -> -"#,
            "spec.replicas: 1 -> 3",
            r#"spec.containers[name=new]: - -> {"name":"new","image":"n"}"#,
            r#"spec.containers[name=web].image: "a" -> "c""#,
            r#"spec.containers[name=log]: {"name":"log","image":"b"} -> -"#,
        ];
        assert_eq!(told(&old, &new), expected);
        assert!(told(&old, &old).is_empty());
    }

    #[test]
    fn lists_without_names_are_compared_by_place() {
        assert_eq!(told(&json!({"a": [1, 2]}), &json!({"a": [1, 3, 4]})), ["a[1]: 2 -> 3", "a[2]: - -> 4"]);
        assert_eq!(told(&json!({"a": [1]}), &json!({"a": {"b": 1}})), [r#"a: [1] -> {"b":1}"#]);
    }
}
