//! What a webhook made of an object.

use serde_json::{Map, Value};

use crate::go::{listed, type_name};
use crate::kind::validate::{Faults, Path, annotations, labels};
use crate::member_of;

/// Why what a webhook made of an object is not taken, in upstream's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is another object.
    Object(String),
    /// Its metadata cannot be kept.
    Metadata(String),
}

/// Gives `converted` the metadata of `original`, of which only labels and annotations may have changed.
///
/// # Errors
/// What is wrong with it.
pub fn restore(original: &Value, converted: &mut Value) -> Result<(), Unfit> {
    for (field, name) in [("name", "name"), ("namespace", "namespace"), ("uid", "UID")] {
        let text = |object: &Value| {
            let meta = member_of(object, "metadata").and_then(|meta| member_of(meta, field)).and_then(Value::as_str);
            meta.unwrap_or_default().to_owned()
        };
        let (before, after) = (text(original), text(converted));
        if before != after {
            return Err(Unfit::Object(format!("must have the same {name}: {before} != {after}")));
        }
    }
    let metadata = metadata(original, converted).map_err(Unfit::Metadata)?;
    if let Some(converted) = converted.as_object_mut() {
        converted.insert("metadata".into(), metadata);
    }
    Ok(())
}

/// The metadata that `converted` gets.
fn metadata(original: &Value, converted: &Value) -> Result<Value, String> {
    let found = member_of(converted, "metadata").ok_or("missing metadata in converted object")?;
    let wrong = |what: &str, value: &Value| format!("invalid metadata{what} of type {} in converted object", type_name(value));
    let found = found.as_object().ok_or_else(|| wrong("", found))?;
    let mut metadata = member_of(original, "metadata").and_then(Value::as_object).cloned().unwrap_or_default();
    for field in ["labels", "annotations"] {
        match found.get(field).filter(|value| !value.is_null()) {
            None => drop(metadata.shift_remove(field)),
            Some(Value::Object(map)) => {
                check(field, map, metadata.get(field))?;
                metadata.insert(field.into(), map.clone().into());
            }
            Some(other) => return Err(wrong(&format!(".{field}"), other)),
        }
    }
    Ok(metadata.into())
}

/// Checks the labels or annotations `map`, where they are not those `before`.
fn check(field: &str, map: &Map<String, Value>, before: Option<&Value>) -> Result<(), String> {
    if let Some((key, value)) = map.iter().find(|(_, value)| !value.is_string()) {
        let found = type_name(value);
        return Err(format!("metadata.{field}[{key}] must be a string, but is {found} in converted object"));
    }
    if before.and_then(Value::as_object) == Some(map) {
        return Ok(());
    }
    let (mut faults, map) = (Faults::default(), Value::Object(map.clone()));
    match field {
        "labels" => labels(Some(&map), &Path::new("metadata.labels"), &mut faults),
        _ => annotations(Some(&map), &Path::new("metadata.annotation"), &mut faults),
    }
    let faults: Vec<String> = faults.into_errors().iter().map(ToString::to_string).collect();
    if faults.is_empty() { Ok(()) } else { Err(listed(&faults)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_labels_and_annotations_of_metadata_change() {
        let original = json!({"metadata": {"name": "n", "uid": "u", "labels": {"a b": "1"}, "generation": 3}});
        let with = |metadata: Value| {
            let mut converted = json!({"spec": 1, "metadata": metadata});
            restore(&original, &mut converted).map(|()| converted["metadata"].clone())
        };
        let kept = with(json!({"name": "n", "uid": "u", "labels": {"a b": "1"}, "generation": 9, "annotations": {"c": "d"}}));
        let wanted = json!({"name": "n", "uid": "u", "labels": {"a b": "1"}, "generation": 3, "annotations": {"c": "d"}});
        assert_eq!(kept, Ok(wanted));
        assert_eq!(with(json!({"name": "n", "uid": "u"})), Ok(json!({"name": "n", "uid": "u", "generation": 3})));
        let other = |why: &str| Err(Unfit::Object(why.into()));
        assert_eq!(with(json!({"name": "m", "uid": "u"})), other("must have the same name: n != m"));
        assert_eq!(with(json!({"name": "n"})), other("must have the same UID: u != "));
        let wrong = |field: &str, value: Value| {
            let mut metadata = json!({"name": "n", "uid": "u"});
            metadata[field] = value;
            with(metadata)
        };
        let why = |found: Result<Value, Unfit>| match found {
            Err(Unfit::Metadata(why)) => why,
            other => format!("{other:?}"),
        };
        let found = why(wrong("labels", json!({"a": 1})));
        assert_eq!(found, "metadata.labels[a] must be a string, but is int64 in converted object");
        assert_eq!(
            why(wrong("annotations", json!([]))),
            "invalid metadata.annotations of type []interface {} in converted object"
        );
        let found = why(wrong("labels", json!({"c d": "x"})));
        assert!(found.starts_with("metadata.labels: Invalid value: \"c d\": name part must consist of"), "{found}");
    }
}
