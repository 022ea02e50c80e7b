//! Pairs of patch and result.

use serde_json::json;

use super::*;
use crate::schema::definition;

fn merged(current: Value, patch: Value) -> Result<Value, PatchError> {
    strategic_merge(definition("io.k8s.api.core.v1.Pod"), current, patch)
}

fn containers(list: Value) -> Value {
    json!({"spec": {"containers": list}})
}

#[test]
fn items_new_in_the_patch_come_before_those_of_the_server() {
    let current = containers(json!([{"name": "old", "image": "o"}]));
    let result = merged(current, containers(json!([{"name": "new", "image": "n"}]))).unwrap();
    assert_eq!(result, containers(json!([{"name": "new", "image": "n"}, {"name": "old", "image": "o"}])));
}

#[test]
fn items_merge_by_key_and_keep_their_place() {
    let current = containers(json!([{"name": "a", "image": "1", "tty": true}, {"name": "b"}, {"name": "c"}]));
    let result = merged(current, containers(json!([{"name": "b", "image": "2"}]))).unwrap();
    assert_eq!(result, containers(json!([{"name": "a", "image": "1", "tty": true}, {"name": "b", "image": "2"}, {"name": "c"}])));
}

#[test]
fn directives_in_items_delete_and_replace() {
    let current = || containers(json!([{"name": "a", "image": "1"}, {"name": "b"}]));
    let deleted = merged(current(), containers(json!([{"name": "a", "$patch": "delete"}, {"name": "gone", "$patch": "delete"}])));
    assert_eq!(deleted.unwrap(), containers(json!([{"name": "b"}])));
    let replaced = merged(current(), containers(json!([{"$patch": "replace"}, {"name": "c"}])));
    assert_eq!(replaced.unwrap(), containers(json!([{"name": "c"}])));
}

#[test]
fn the_order_of_the_patch_holds_and_the_servers_items_stay_near_their_neighbours() {
    let current = containers(json!([{"name": "a"}, {"name": "s"}, {"name": "b"}]));
    let patch = json!({"spec": {
        "$setElementOrder/containers": [{"name": "b"}, {"name": "n"}, {"name": "a"}],
        "containers": [{"name": "n", "image": "i"}]
    }});
    let result = merged(current, patch).unwrap();
    let names: Vec<_> =
        result["spec"]["containers"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["s", "b", "n", "a"]);
}

#[test]
fn maps_merge_replace_delete_and_drop_nulls() {
    let current = || json!({"metadata": {"labels": {"a": "1", "b": "2"}}});
    let pairs = [
        (json!({"c": "3", "a": null}), json!({"b": "2", "c": "3"})),
        (json!({"$patch": "replace", "c": "3"}), json!({"c": "3"})),
        (json!({"$patch": "delete"}), json!({})),
    ];
    for (patch, labels) in pairs {
        let result = merged(current(), json!({"metadata": {"labels": patch}})).unwrap();
        assert_eq!(result, json!({"metadata": {"labels": labels}}));
    }
    assert_eq!(merged(json!({}), json!({"spec": {"nodeName": null}})).unwrap(), json!({"spec": {}}));
}

#[test]
fn scalars_merge_as_a_set_and_can_be_taken_out() {
    let current = json!({"metadata": {"finalizers": ["a", "b"]}});
    let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a", "x"], "finalizers": ["c"]}});
    assert_eq!(merged(current, patch).unwrap(), json!({"metadata": {"finalizers": ["c", "b"]}}));
}

#[test]
fn atomic_lists_are_replaced() {
    let current = containers(json!([{"name": "a", "command": ["x", "y"]}]));
    let result = merged(current, containers(json!([{"name": "a", "command": ["z"]}]))).unwrap();
    assert_eq!(result, containers(json!([{"name": "a", "command": ["z"]}])));
}

#[test]
fn retained_keys_drop_the_rest() {
    let current = json!({"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}});
    let patch = json!({"spec": {"volumes": [{"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}]}});
    assert_eq!(merged(current, patch).unwrap(), json!({"spec": {"volumes": [{"name": "v", "secret": {"secretName": "s"}}]}}));
    let bad = json!({"metadata": {"$retainKeys": ["name"], "labels": {}}});
    let no_list = json!({"metadata": {"$retainKeys": "name"}});
    let unknown = json!({"metadata": {"$retainKeys": ["name"], "$other": {}}});
    for patch in [bad, no_list, unknown] {
        let refused = merged(json!({"metadata": {}}), patch).unwrap_err();
        assert_eq!(refused, PatchError::Directive("invalid patch format of retainKeys".into()));
    }
    let ordered = json!({"metadata": {"$retainKeys": ["finalizers"], "$setElementOrder/finalizers": ["b", "a"]}});
    let current = json!({"metadata": {"name": "x", "finalizers": ["a", "b"]}});
    assert_eq!(merged(current, ordered).unwrap(), json!({"metadata": {"finalizers": ["b", "a"]}}));
}

#[test]
fn an_item_without_its_key_is_refused() {
    let error = merged(containers(json!([{"name": "a"}])), containers(json!([{"image": "x"}]))).unwrap_err();
    assert_eq!(error.to_string(), "map: map[image:x] does not contain declared merge key: name");
}

#[test]
fn where_nothing_was_nulls_and_directives_go() {
    let patch = json!({"spec": {
        "$setElementOrder/containers": [{"name": "a"}],
        "containers": [{"name": "a", "env": [{"name": "E", "$patch": "delete"}], "image": null}],
        "affinity": {"$patch": "replace", "nodeAffinity": {}},
        "dnsConfig": {"$patch": "delete"},
        "securityContext": {"$retainKeys": ["fsGroup"], "fsGroup": null, "runAsUser": 1}
    }});
    let wanted = json!({"containers": [{"name": "a", "env": []}], "affinity": {"nodeAffinity": {}},
        "securityContext": {"runAsUser": 1}});
    assert_eq!(merged(json!({}), patch).unwrap(), json!({"spec": wanted}));
}

#[test]
fn items_that_are_new_or_replace_a_list_stay_as_they_are() {
    let volume = json!({"name": "v", "$retainKeys": ["emptyDir"], "secret": {}});
    let current = || json!({"spec": {"volumes": [{"name": "w"}], "tolerations": [{"key": "a"}]}});
    let added = merged(current(), json!({"spec": {"volumes": [volume.clone()]}})).unwrap();
    assert_eq!(added["spec"]["volumes"], json!([volume, {"name": "w"}]));
    let replaced = merged(current(), json!({"spec": {"volumes": [{"$patch": "replace", "name": "x"}, volume.clone()]}})).unwrap();
    assert_eq!(replaced["spec"]["volumes"], json!([volume]));
    let atomic = merged(current(), json!({"spec": {"tolerations": [{"key": "b", "value": null}]}})).unwrap();
    assert_eq!(atomic["spec"]["tolerations"], json!([{"key": "b", "value": null}]));
}

#[test]
fn maps_cannot_be_told_to_merge() {
    let refused = merged(json!({"metadata": {}}), json!({"metadata": {"$patch": "merge", "name": "a"}})).unwrap_err();
    assert_eq!(refused.to_string(), "unknown patch type: merge in map: map[$patch:merge name:a]");
}
