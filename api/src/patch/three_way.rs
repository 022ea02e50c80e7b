//! The patch that `apply` sends: from what was applied last, what is wanted now, and what is there.

use serde_json::{Map, Value, json};

use super::directive::{DELETE_FROM, PATCH, RETAIN_KEYS, SET_ORDER};
use super::list::{self, identity};
use super::strategic::Strategy;
use crate::schema::Schema;

/// The patch that makes `live` contain `modified` and drops what `last` had and `modified` has no more. Empty
/// where nothing is to do. With a schema a strategic merge patch, without one a merge patch (RFC 7396).
pub fn three_way(schema: Option<&Schema>, last: &Value, modified: &Value, live: &Value) -> Value {
    let empty = Map::new();
    let map = |value| Value::as_object(value).unwrap_or(&empty);
    Value::Object(maps(schema, map(last), map(modified), map(live)))
}

fn maps(
    schema: Option<&Schema>,
    last: &Map<String, Value>,
    modified: &Map<String, Value>,
    live: &Map<String, Value>,
) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, wanted) in modified {
        match live.get(name) {
            Some(there) if there == wanted => {}
            Some(there) => field(&mut patch, Strategy::of(schema, name), name, (last.get(name), wanted, there)),
            None if wanted.is_null() => {}
            None => {
                patch.insert(name.clone(), wanted.clone());
            }
        }
    }
    for name in last.keys().filter(|name| !modified.contains_key(*name) && live.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    patch
}

fn field(patch: &mut Map<String, Value>, strategy: Strategy<'_>, name: &str, versions: (Option<&Value>, &Value, &Value)) {
    let (last, wanted, there) = versions;
    match (wanted, there) {
        (Value::Object(wanted), Value::Object(there)) if !strategy.replace => {
            let empty = Map::new();
            let last = last.and_then(Value::as_object).unwrap_or(&empty);
            let mut inner = maps(strategy.schema, last, wanted, there);
            if strategy.retain_keys && (!inner.is_empty() || there.keys().any(|name| !wanted.contains_key(name))) {
                retain(&mut inner, wanted);
            }
            if !inner.is_empty() {
                patch.insert(name.to_owned(), Value::Object(inner));
            }
        }
        (Value::Array(wanted), Value::Array(there)) if strategy.list().is_some() => {
            let last = last.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            if let Some(merge) = strategy.list() {
                lists(patch, merge, strategy.retain_keys, name, [last, wanted, there]);
            }
        }
        _ => {
            patch.insert(name.to_owned(), wanted.clone());
        }
    }
}

fn retain(patch: &mut Map<String, Value>, wanted: &Map<String, Value>) {
    patch.retain(|_, value| !value.is_null());
    patch.insert(RETAIN_KEYS.to_owned(), wanted.keys().cloned().map(Value::from).collect());
}

fn lists(patch: &mut Map<String, Value>, merge: list::Merge<'_>, retain_keys: bool, name: &str, versions: [&[Value]; 3]) {
    let (changes, gone) = match merge.key {
        Some(key) => (items(merge, key, retain_keys, versions), Vec::new()),
        None => scalars(versions),
    };
    let [_, wanted, there] = versions;
    if changes.is_empty() && gone.is_empty() && is_in_order(merge, wanted, there) {
        return;
    }
    let order = match merge.key {
        Some(key) => wanted.iter().map(|item| identity(key, item.get(key).unwrap_or(&Value::Null))).collect(),
        None => wanted.to_vec(),
    };
    patch.insert(format!("{SET_ORDER}{name}"), Value::Array(order));
    if !gone.is_empty() {
        patch.insert(format!("{DELETE_FROM}{name}"), Value::Array(gone));
    }
    if !changes.is_empty() {
        patch.insert(name.to_owned(), Value::Array(changes));
    }
}

/// The changed items, the new ones whole, and a deletion for each that was applied last and is not wanted.
fn items(merge: list::Merge<'_>, key: &str, retain_keys: bool, [last, wanted, there]: [&[Value]; 3]) -> Vec<Value> {
    let find = |list: &'_ [Value], item: &Value| list.iter().position(|other| merge.same(other, item));
    let mut changes = Vec::new();
    for item in wanted {
        let Some(found) = find(there, item).and_then(|at| there.get(at)) else {
            changes.push(item.clone());
            continue;
        };
        let before = find(last, item).and_then(|at| last.get(at)).and_then(Value::as_object);
        let (Some(item_map), Some(found)) = (item.as_object(), found.as_object()) else { continue };
        let mut change = maps(Some(merge.items), before.unwrap_or(&Map::new()), item_map, found);
        if change.is_empty() {
            continue;
        }
        if retain_keys {
            retain(&mut change, item_map);
        }
        change.insert(key.to_owned(), item.get(key).cloned().unwrap_or_default());
        changes.push(Value::Object(change));
    }
    let gone = last.iter().filter(|item| find(wanted, item).is_none() && find(there, item).is_some());
    changes.extend(gone.map(|item| json!({PATCH: "delete", key: item.get(key)})));
    changes
}

fn scalars([last, wanted, there]: [&[Value]; 3]) -> (Vec<Value>, Vec<Value>) {
    let new = wanted.iter().filter(|item| !there.contains(item)).cloned().collect();
    let gone = last.iter().filter(|item| !wanted.contains(item) && there.contains(item)).cloned().collect();
    (new, gone)
}

fn is_in_order(merge: list::Merge<'_>, wanted: &[Value], there: &[Value]) -> bool {
    let places = wanted.iter().map(|item| there.iter().position(|other| merge.same(other, item)));
    places.is_sorted()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::strategic_merge;
    use crate::schema::definition;
    use proptest::prelude::{Strategy, prop, prop_assert_eq, proptest};
    use std::collections::BTreeMap;

    fn pod_spec() -> Option<&'static Schema> {
        definition("io.k8s.api.core.v1.PodSpec")
    }

    #[test]
    fn what_was_applied_and_is_no_longer_wanted_goes_and_what_others_added_stays() {
        let last = json!({"containers": [{"name": "a", "image": "a:1", "tty": true}, {"name": "b"}], "nodeName": "n"});
        let modified = json!({"containers": [{"name": "a", "image": "a:2"}]});
        let live = json!({"containers": [{"name": "sidecar"}, {"name": "a", "image": "a:1", "tty": true, "stdin": false}, {"name": "b"}], "nodeName": "n", "dnsPolicy": "Default"});
        let patch = three_way(pod_spec(), &last, &modified, &live);
        assert_eq!(
            patch,
            json!({
                "$setElementOrder/containers": [{"name": "a"}],
                "containers": [{"image": "a:2", "tty": null, "name": "a"}, {"$patch": "delete", "name": "b"}],
                "nodeName": null
            })
        );
        let result = strategic_merge(pod_spec(), live, patch).unwrap();
        assert_eq!(
            result,
            json!({"containers": [{"name": "sidecar"}, {"name": "a", "image": "a:2", "stdin": false}], "dnsPolicy": "Default"})
        );
    }

    #[test]
    fn a_union_keeps_only_the_member_that_is_wanted() {
        let volumes = |source: Value| json!({"volumes": [source]});
        let live = volumes(json!({"name": "v", "emptyDir": {}}));
        let modified = volumes(json!({"name": "v", "configMap": {"name": "c"}}));
        let patch = three_way(pod_spec(), &live, &modified, &live);
        assert_eq!(strategic_merge(pod_spec(), live, patch).unwrap(), modified);
    }

    #[test]
    fn without_a_schema_lists_are_replaced() {
        let patch = three_way(None, &json!({"a": 1, "l": [1]}), &json!({"l": [2]}), &json!({"a": 1, "l": [1, 2], "s": 0}));
        assert_eq!(patch, json!({"l": [2], "a": null}));
    }

    fn any_spec() -> impl Strategy<Value = Value> {
        let env = prop::collection::btree_map("[x-z]", 0..3, 0..3);
        let env = env.prop_map(|map: BTreeMap<String, i32>| {
            map.iter().map(|(name, value)| json!({"name": name, "value": value.to_string()})).collect::<Value>()
        });
        let container = (0..3, env).prop_map(|(image, env): (i32, Value)| json!({"image": image.to_string(), "env": env}));
        let named = |(name, mut item): (String, Value)| {
            item["name"] = Value::from(name);
            item
        };
        let containers = prop::collection::btree_map("[a-d]", container, 1..4);
        let containers = containers.prop_map(move |map| map.into_iter().map(named).collect::<Vec<_>>()).prop_shuffle();
        let selector = prop::option::of(prop::collection::btree_map("[k-m]", "[01]", 0..3));
        (containers, selector).prop_map(|(containers, selector)| match selector {
            Some(selector) => json!({"containers": containers, "nodeSelector": selector}),
            None => json!({"containers": containers}),
        })
    }

    proptest! {
        #[test]
        fn applying_the_patch_leaves_nothing_to_apply(last in any_spec(), modified in any_spec(), live in any_spec()) {
            let patch = three_way(pod_spec(), &last, &modified, &live);
            let result = strategic_merge(pod_spec(), live, patch).unwrap();
            prop_assert_eq!(three_way(pod_spec(), &modified, &modified, &result), json!({}));
        }

        #[test]
        fn alone_on_the_object_apply_makes_it_what_is_wanted(last in any_spec(), modified in any_spec()) {
            let patch = three_way(pod_spec(), &last, &modified, &last);
            prop_assert_eq!(strategic_merge(pod_spec(), last, patch).unwrap(), modified);
        }

        #[test]
        fn a_strategic_patch_applied_twice_is_applied_once(patch in any_spec(), live in any_spec()) {
            let once = strategic_merge(pod_spec(), live, patch.clone()).unwrap();
            prop_assert_eq!(strategic_merge(pod_spec(), once.clone(), patch).unwrap(), once);
        }
    }
}
