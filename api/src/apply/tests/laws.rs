//! What holds for any configurations.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::fixture::*;
use crate::apply::entries::Entries;
use crate::apply::zero::zero;
use crate::apply::{ApplyError, Path, Reset, Set};

fn maps() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[k-m]", "[xy]", 1..3)
        .prop_map(|map| Value::Object(map.into_iter().map(|(key, value)| (key, value.into())).collect()))
}

fn items() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[i-k]", maps().prop_map(|map| map.as_object().unwrap().clone()), 1..3).prop_map(|items| {
        let item = |(name, fields): (String, Map<String, Value>)| {
            let mut item = Map::from_iter([("name".to_owned(), Value::from(name))]);
            let names: BTreeMap<&str, &str> = [("k", "a"), ("l", "b")].into();
            item.extend(fields.into_iter().filter_map(|(key, value)| Some(((*names.get(&*key)?).to_owned(), value))));
            Value::Object(item)
        };
        Value::Array(items.into_iter().map(item).collect())
    })
}

fn texts() -> impl Strategy<Value = Value> {
    prop::collection::btree_set("[p-r]", 1..3).prop_map(|set| set.into_iter().collect::<Vec<_>>().into())
}

fn configs() -> impl Strategy<Value = Value> {
    let inner = (prop::option::of("[xy]".prop_map(Value::from)), prop::option::of(maps()))
        .prop_map(|(a, map)| fields([("a", a), ("map", map)]));
    let text = || prop::option::of("[xy]".prop_map(Value::from));
    let parts = (text(), text(), prop::option::of(maps()), prop::option::of(maps()), prop::option::of(inner));
    (parts, prop::option::of(texts()), prop::option::of(texts()), prop::option::of(items())).prop_map(
        |((a, b, map, whole, inner), set, list, items)| {
            let inner = inner.filter(|inner| inner.as_object().is_some_and(|map| !map.is_empty()));
            let named = [("a", a), ("b", b), ("map", map), ("whole", whole), ("inner", inner)];
            object(&fields(named.into_iter().chain([("set", set), ("list", list), ("items", items)])))
        },
    )
}

fn fields<'n>(fields: impl IntoIterator<Item = (&'n str, Option<Value>)>) -> Value {
    Value::Object(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

fn first(config: &Value) -> Value {
    by(&small_versions(), "a", 0).applied(None, config, false).unwrap()
}

/// Applies by `b`, taking the conflicts over where there are any.
fn forced(live: &Value, config: &Value) -> Value {
    by(&small_versions(), "b", 0).applied(Some(live), config, true).unwrap()
}

#[test]
fn what_the_creator_of_a_deployment_owns_is_written_as_it_would_be_compared() {
    let container = |more: Value| {
        let mut container = serde_json::json!({"name": "c", "image": "i", "resources": {}, "args": ["a", "a"],
            "ports": [{"containerPort": 443}, {"containerPort": 80, "protocol": "UDP"}, {"containerPort": 80}],
            "env": [{"name": "B", "value": "1"}, {"name": "A"}, {"name": "B", "value": "2"}, null]});
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        container
    };
    let object = serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "n", "labels": {"b": "1", "a": "2"}, "annotations": {}, "finalizers": ["z", "y"]},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"a": "2"}}, "strategy": {}, "paused": null, "unknown": {"x": [1]},
            "template": {"metadata": {"labels": {"a": "2"}, "creationTimestamp": null},
                "spec": {"containers": [container(serde_json::json!({})), container(serde_json::json!({"name": "b", "tty": true}))],
                    "volumes": [], "nodeSelector": {}}}},
        "status": {"replicas": 1}});
    let versions = deployments();
    let tracker = by(&versions, "a", 0);
    let (mut written, mut compared) = (object.clone(), object);
    tracker.created(&mut written);
    let mut entries = Entries::default();
    tracker.note(&mut entries, &zero(versions.schema), &compared, tracker.manager);
    entries.write(&mut compared);
    assert_eq!(written.to_string(), compared.to_string());
}

proptest! {
    #[test]
    fn what_a_creator_owns_is_written_as_it_would_be_compared(one in configs(), status in any::<bool>()) {
        let versions = small_versions();
        let mut tracker = by(&versions, "a", 0);
        if status {
            tracker.reset = Reset::These(Set::of(&[Path::of_fields(&["map"]), Path::of_fields(&["inner", "a"])]));
        }
        let (mut written, mut compared) = (one.clone(), one);
        tracker.created(&mut written);
        let mut entries = Entries::default();
        tracker.note(&mut entries, &zero(versions.schema), &compared, tracker.manager);
        entries.write(&mut compared);
        prop_assert_eq!(written.to_string(), compared.to_string());
    }

    #[test]
    fn applying_twice_is_applying_once(one in configs(), two in configs()) {
        let live = forced(&first(&one), &two);
        prop_assert_eq!(&forced(&live, &two), &live);
        prop_assert_eq!(bare(&first(&one)), one);
    }

    #[test]
    fn a_conflict_is_a_field_of_another_with_another_value(one in configs(), two in configs()) {
        let live = first(&one);
        let result = apply(&live, "b", &two);
        let merged = bare(&forced(&live, &two));
        match result {
            Ok(applied) => {
                // Nothing of `a` has changed, so that `a` may apply again.
                prop_assert_eq!(bare(&apply(&applied, "a", &one).unwrap()), bare(&applied));
                let mut union = applied_by(&applied, "a");
                union.extend(applied_by(&applied, "b"));
                let all = applied_by(&by(&small_versions(), "c", 0).applied(None, &merged, false).unwrap(), "c");
                for path in all {
                    prop_assert!(union.contains(&path), "{path}");
                }
            }
            Err(ApplyError::Conflicts(conflicts)) => {
                let owned = applied_by(&live, "a");
                for path in conflicts.iter().flat_map(|conflict| conflict.set.paths()) {
                    prop_assert!(owned.contains(&path.to_string()));
                }
                prop_assert!(apply(&forced(&live, &two), "a", &one).is_err());
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn giving_everything_up_leaves_what_others_own(one in configs(), two in configs()) {
        let nothing = object(&Value::Object(Map::new()));
        prop_assert_eq!(apply(&first(&one), "a", &nothing).unwrap(), nothing.clone());
        let both = forced(&first(&one), &two);
        let left = apply(&both, "a", &nothing).unwrap();
        prop_assert!(applied_by(&left, "a").is_empty());
        prop_assert_eq!(applied_by(&left, "b"), applied_by(&both, "b"));
        prop_assert_eq!(&apply(&left, "b", &two).unwrap(), &left);
        prop_assert_eq!(bare(&apply(&left, "b", &nothing).unwrap()), nothing);
    }

    #[test]
    fn an_update_takes_what_it_changes_and_nothing_else(one in configs(), two in configs()) {
        let live = first(&one);
        let mut new = bare(&two);
        by(&small_versions(), "u", 1).updated(&live, &mut new);
        prop_assert_eq!(bare(&new), two);
        let (before, after) = (applied_by(&live, "a"), applied_by(&new, "a"));
        prop_assert!(after.iter().all(|path| before.contains(path)));
        let mut same = live.clone();
        by(&small_versions(), "u", 1).updated(&live, &mut same);
        prop_assert_eq!(same, live);
    }

    #[test]
    fn no_configuration_makes_apply_panic(one in any_json(), two in any_json()) {
        let live = object(&Value::Object(Map::from_iter([("a".to_owned(), one.clone()), ("items".to_owned(), one)])));
        let config = object(&Value::Object(Map::from_iter([("items".to_owned(), two.clone()), ("inner".to_owned(), two)])));
        let _ = apply(&live, "b", &config);
        let mut new = config;
        by(&small_versions(), "u", 1).updated(&live, &mut new);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..9).prop_map(Value::from),
        "[a-c]".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("name|a|map", inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
