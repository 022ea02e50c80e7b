//! Entries that stand for much.

use serde_json::{Value, json};

use super::fixture::*;
use crate::apply::TooMuch;
use crate::status::Reason;

/// An object with a map of `keys`, and entries of `managers` that own all of it without naming any.
fn owned_by(managers: usize, keys: usize, operation: &str) -> Value {
    let map: serde_json::Map<String, Value> = (0..keys).map(|at| (format!("k{at}"), "v".into())).collect();
    let mut object = object(&json!({"map": map}));
    let entry = |at: usize| {
        json!({"manager": format!("m{at}"), "operation": operation, "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:map": {}}})
    };
    object["metadata"]["managedFields"] = (0..managers).map(entry).collect::<Vec<_>>().into();
    object
}

fn written(managers: usize, operation: &str, key: &str) -> Result<Value, TooMuch> {
    let mut new = owned_by(managers, 1_000, operation);
    let live = bare(&new);
    new["map"][key] = "w".into();
    by(&small_versions(), "one", 1).updated(&live, &mut new).map(|()| new)
}

#[test]
fn managers_times_fields_are_bounded_in_an_update() {
    for operation in ["Apply", "Update"] {
        assert_eq!(written(1_000, operation, "k0"), Err(TooMuch), "{operation}");
        assert_eq!(written(1_000, operation, "new"), Err(TooMuch), "{operation}");
        let few = written(5, operation, "k0").unwrap();
        assert_eq!(owners(&few)[0].1.len(), 1_000, "the map itself, and all in it but what was written");
    }
    // Nor in an object that is stored already.
    let live = owned_by(1_000, 1_000, "Apply");
    let mut new = live.clone();
    new["map"]["k0"] = "w".into();
    assert_eq!(by(&small_versions(), "one", 1).updated(&live, &mut new), Err(TooMuch));
}

#[test]
fn what_an_update_does_not_concern_is_left_as_it_was_sent() {
    let mut new = owned_by(1_000, 1_000, "Apply");
    let (live, sent) = (bare(&new), new["metadata"]["managedFields"][0].clone());
    new["a"] = "1".into();
    by(&small_versions(), "one", 1).updated(&live, &mut new).unwrap();
    assert_eq!(
        (new["metadata"]["managedFields"].as_array().unwrap().len(), &new["metadata"]["managedFields"][0]),
        (1_001, &sent)
    );
}

#[test]
fn managers_times_fields_are_bounded_in_an_apply() {
    let config = object(&json!({"a": "1"}));
    let status = refused(apply(&owned_by(1_000, 1_000, "Apply"), "one", &config));
    assert_eq!(status.reason, Reason::RequestEntityTooLarge);
    assert!(apply(&owned_by(5, 1_000, "Apply"), "one", &config).is_ok());
}

#[test]
fn managers_times_items_are_bounded() {
    let mut live = object(&json!({"items": (0..3_000).map(|at| json!({"name": at.to_string()})).collect::<Vec<_>>()}));
    let entry = |at: usize| {
        json!({"manager": format!("m{at}"), "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:items": {"k:{\"name\":\"0\"}": {".": {}, "f:a": {}}}}})
    };
    live["metadata"]["managedFields"] = (0..1_000).map(entry).collect::<Vec<_>>().into();
    let config = object(&json!({"a": "1"}));
    assert_eq!(refused(apply(&live, "one", &config)).reason, Reason::RequestEntityTooLarge);
}
