//! Writes that are no apply.

use serde_json::{Value, json};

use super::fixture::*;
use crate::apply::Tracker;

fn created(fields: &Value, manager: &str) -> Value {
    let mut new = object(fields);
    by(&small_versions(), manager, 0).created(&mut new);
    new
}

fn updated(live: &Value, manager: &str, at: i64, change: impl FnOnce(&mut Value)) -> Value {
    let mut new = live.clone();
    change(&mut new);
    by(&small_versions(), manager, at).updated(live, &mut new);
    new
}

fn times(object: &Value) -> Vec<(&str, &str)> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    entries.iter().map(|entry| (entry["manager"].as_str().unwrap(), entry["time"].as_str().unwrap())).collect()
}

#[test]
fn the_time_moves_only_with_a_change() {
    let live = created(&json!({"a": "1"}), "one");
    assert_eq!(updated(&live, "one", 60, |_| {}), live);
    let changed = updated(&live, "one", 60, |new| new["a"] = "2".into());
    assert_eq!(times(&changed), [("one", "2026-01-02T03:05:05Z")]);
    let removed = updated(&live, "two", 60, |new| drop(new.as_object_mut().unwrap().shift_remove("a")));
    assert!(owners(&removed).is_empty());
    let grown = updated(&live, "two", 60, |new| new["b"] = "2".into());
    assert_eq!(times(&grown), [("one", "2026-01-02T03:04:05Z"), ("two", "2026-01-02T03:05:05Z")]);
}

#[test]
fn a_manager_has_an_entry_for_each_subresource() {
    let live = created(&json!({"a": "1"}), "one");
    let mut new = live.clone();
    new["b"] = "1".into();
    Tracker { subresource: "status", ..by(&small_versions(), "one", 1) }.updated(&live, &mut new);
    let entries = new["metadata"]["managedFields"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((&entries[1]["subresource"], &entries[1]["fieldsV1"]), (&"status".into(), &json!({"f:b": {}})));
}

#[test]
fn clients_may_reset_and_replace_the_entries() {
    let live = created(&json!({"a": "1"}), "one");
    for none in [json!([]), json!([{}])] {
        let reset = updated(&live, "two", 1, |new| new["metadata"]["managedFields"] = none);
        assert!(reset["metadata"].get("managedFields").is_none());
        let untracked = updated(&reset, "two", 1, |new| new["a"] = "2".into());
        assert!(untracked["metadata"].get("managedFields").is_none());
    }
    let mut renamed = live["metadata"]["managedFields"].clone();
    renamed[0]["manager"] = "other".into();
    renamed[0]["operation"] = "Apply".into();
    let replaced = updated(&live, "two", 1, |new| new["metadata"]["managedFields"] = renamed.clone());
    assert_eq!(replaced["metadata"]["managedFields"], renamed);
    for wrong in [
        json!([{"manager": "x", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"a": {}}}]),
        json!([{"manager": "x", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV2", "fieldsV1": {}}]),
        json!([{"manager": "x", "operation": "Drop", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {}}]),
        json!([{"manager": "x", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": {}}]),
        Value::Null,
    ] {
        assert_eq!(updated(&live, "two", 1, |new| new["metadata"]["managedFields"] = wrong), live);
    }
    let mut through_status = live.clone();
    through_status["metadata"]["managedFields"] = json!([]);
    Tracker { subresource: "status", ..by(&small_versions(), "one", 1) }.updated(&live, &mut through_status);
    assert_eq!(through_status, live);
}

#[test]
fn the_oldest_of_many_updaters_are_forgotten() {
    let mut live = created(&json!({"map": {"k0": "1"}}), "u00");
    for at in 1..14 {
        live = updated(&live, &format!("u{at:02}"), at, |new| new["map"][format!("k{at}")] = "1".into());
    }
    let owned = owners(&live);
    assert_eq!(owned.len(), 10);
    assert_eq!(owned[0].0, "ancient-changes Update");
    assert_eq!(owned[0].1, [".map", ".map.k0", ".map.k1", ".map.k2", ".map.k3", ".map.k4"]);
    assert_eq!(owned[1], ("u05 Update".to_owned(), vec![".map.k5".to_owned()]));
    assert_eq!(times(&live)[0].1, "2026-01-02T03:04:09Z");
}

#[test]
fn a_manager_without_a_name_is_unknown() {
    assert_eq!(owners(&created(&json!({"a": "1"}), ""))[0].0, "unknown Update");
}

#[test]
fn items_that_are_there_twice_are_owned_as_one() {
    let live = created(&json!({"items": [{"name": "i", "a": "1"}, {"name": "i", "a": "2"}]}), "one");
    assert_eq!(owners(&live)[0].1, [".items", r#".items[name="i"]"#]);
    let changed = updated(&live, "two", 1, |new| new["items"][1]["a"] = "3".into());
    assert_eq!(owners(&changed)[1], ("two Update".to_owned(), vec![r#".items[name="i"]"#.to_owned()]));
    let single = updated(&live, "two", 1, |new| drop(new["items"].as_array_mut().unwrap().pop()));
    assert_eq!(owners(&single)[1].1, [r#".items[name="i"]"#, r#".items[name="i"].a"#, r#".items[name="i"].name"#]);
}

/// Events are kept for a time from their last write: none is kept for ever because a client says that it will write.
#[test]
fn nobody_has_written_later_than_now() {
    let live = created(&json!({"a": "1"}), "one");
    let sent = |time: &str| {
        updated(&live, "two", 60, |new| {
            let entry = json!({"manager": "one", "operation": "Update", "apiVersion": "v1", "time": time, "fieldsType": "FieldsV1",
                "fieldsV1": {"f:a": {}}});
            new["metadata"]["managedFields"] = json!([entry]);
        })
    };
    assert_eq!(times(&sent("9999-12-31T23:59:59Z")), [("one", "2026-01-02T03:05:05Z")]);
    assert_eq!(times(&sent("2026-01-02T03:05:00Z")), [("one", "2026-01-02T03:05:00Z")]);
}
