//! Entries that stand for much.

use serde_json::{Value, json};

use super::fixture::*;

/// An object with a map of `keys`, and entries of `managers` that own all of it without naming any.
fn owned_by(managers: usize, keys: usize) -> Value {
    let map: serde_json::Map<String, Value> = (0..keys).map(|at| (format!("k{at}"), "v".into())).collect();
    let mut object = object(&json!({"map": map}));
    let entry = |at: usize| {
        json!({"manager": format!("m{at}"), "operation": "Apply", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:map": {}}})
    };
    object["metadata"]["managedFields"] = (0..managers).map(entry).collect::<Vec<_>>().into();
    object
}

#[test]
fn entries_stand_for_no_more_than_they_say() {
    let mut new = owned_by(1_000, 1_000);
    let (live, sent) = (bare(&new), new["metadata"]["managedFields"][0].clone());
    new["map"]["k0"] = "w".into();
    by(&small_versions(), "one", 1).updated(&live, &mut new);
    assert_eq!(
        (new["metadata"]["managedFields"].as_array().unwrap().len(), &new["metadata"]["managedFields"][0]),
        (1_001, &sent)
    );
    let applied = apply(&owned_by(1_000, 1_000), "one", &object(&json!({"map": {"k0": "w"}})));
    assert_eq!(applied.unwrap()["map"]["k0"], "w");
}
