use super::*;
use crate::patch::PatchError;
use serde_json::{Value, json};

fn patched(document: Value, operations: &Value) -> Result<Value, PatchError> {
    patch(document, operations.to_string().as_bytes())
}

/// The document after one operation; `None` where it is refused for not fitting.
fn after(document: Value, operation: Value) -> Option<Value> {
    match patched(document, &json!([operation])) {
        Ok(patched) => Some(patched),
        Err(PatchError::Operation(_)) => None,
        Err(other) => panic!("{operation}: {other}"),
    }
}

#[test]
fn a_member_that_is_not_there_is_replaced_where_its_parent_is() {
    let replace = |path: &str| after(json!({"a": {}, "b": [1], "c": null}), json!({"op": "replace", "path": path, "value": 7}));
    assert_eq!(replace("/a/x").unwrap()["a"], json!({"x": 7}));
    assert_eq!(replace("/b/0").unwrap()["b"], json!([7]));
    for refused in ["/x/y", "/c/x", "/b/1", "/b/-", "/b/x", "/b/0/x", ""] {
        assert_eq!(replace(refused), None, "{refused}");
    }
}

#[test]
fn what_an_operation_does_not_say_is_null() {
    assert_eq!(after(json!({}), json!({"op": "add", "path": "/a"})), Some(json!({"a": null})));
    assert_eq!(after(json!({"a": 1}), json!({"op": "replace", "path": "/a"})), Some(json!({"a": null})));
    assert_eq!(after(json!({}), json!({"op": "copy", "from": "/b", "path": "/a"})), Some(json!({"a": null})));
    assert!(patched(json!({}), &Value::Null).is_ok(), "no patch at all");
}

#[test]
fn a_faulty_operation_shows_when_its_turn_comes() {
    let twice = json!([{"op": "test", "path": "/a", "value": 2}, {"op": "mend", "path": "/a"}]);
    assert!(
        patched(json!({"a": 1}), &twice)
            .unwrap_err()
            .to_string()
            .contains("operation 0 failed at path \"/a\": value did not match")
    );
    for faulty in
        [json!(null), json!({"op": "mend", "path": "/a"}), json!({"op": "add", "value": 1}), json!({"op": "copy", "path": "/a"})]
    {
        assert_eq!(after(json!({"a": 1}), faulty.clone()), None, "{faulty}");
    }
    assert!(matches!(patched(json!({}), &json!([1])), Err(PatchError::Decode(_))));
}

#[test]
fn indexes_may_count_from_the_end() {
    let operations = json!([{"op": "replace", "path": "/a/-1", "value": 9}, {"op": "remove", "path": "/a/-2"}, {"op": "add", "path": "/a/-", "value": 5}]);
    assert_eq!(patched(json!({"a": [1, 2]}), &operations).unwrap(), json!({"a": [9, 5]}));
    let add = |index: &str| after(json!({"a": [1, 2]}), json!({"op": "add", "path": format!("/a/{index}"), "value": 9}));
    for (index, list) in [("-1", [1, 2, 9]), ("-2", [1, 9, 2]), ("-3", [9, 1, 2]), ("2", [1, 2, 9])] {
        assert_eq!(add(index), Some(json!({"a": list})), "{index}");
    }
    assert_eq!((add("-4"), add("3"), add("x")), (None, None, None));
    let moved = json!({"op": "move", "from": "/a/0", "path": "/a/-1"});
    assert_eq!(after(json!({"a": [1, 2, 3]}), moved), Some(json!({"a": [2, 3, 1]})));
}

#[test]
fn indexes_are_numbers_and_tildes_may_stand_for_themselves() {
    let add = |index: &str| after(json!({"a": [1, 2]}), json!({"op": "add", "path": format!("/a/{index}"), "value": 9}));
    for (index, list) in [("-0", [9, 1, 2]), ("+1", [1, 9, 2]), ("01", [1, 9, 2]), ("-01", [1, 2, 9])] {
        assert_eq!(add(index), Some(json!({"a": list})), "{index}");
    }
    assert_eq!((add("+"), add("--1"), add("99999999999999999999")), (None, None, None));
    let set = |path: &str| {
        after(json!({"m": {}}), json!({"op": "add", "path": format!("/m/{path}"), "value": 9})).unwrap()["m"].clone()
    };
    for (path, name) in
        [("~2", "~2"), ("a~", "a~"), ("~~0", "~~"), ("~01", "~1"), ("~1", "/"), ("~00", "~0"), ("01", "01"), ("-1", "-1")]
    {
        assert_eq!(set(path), json!({name: 9}), "{path}");
    }
}

#[test]
fn a_test_for_null_holds_where_a_map_has_nothing() {
    let test =
        |path: &str| after(json!({"a": 1, "l": [1], "n": null}), json!({"op": "test", "path": path, "value": null})).is_some();
    assert!(test("/b") && test("/n"));
    for refused in ["/a", "/b/c", "/n/c", "/l/1", "/l/x"] {
        assert!(!test(refused), "{refused}");
    }
}

#[test]
fn pointers_are_unescaped_and_name_no_whole_document() {
    assert_eq!(after(json!({"a/b": {"~1": 1}}), json!({"op": "remove", "path": "/a~1b/~01"})), Some(json!({"a/b": {}})));
    assert_eq!(after(json!({"a": 1}), json!({"op": "add", "path": "", "value": {}})), None);
    assert_eq!(after(json!({"a": 1}), json!({"op": "remove", "path": ""})), None);
    assert_eq!(after(json!({"a": 1}), json!({"op": "replace", "path": "", "value": {"b": 2}})), Some(json!({"b": 2})));
    assert_eq!(after(json!({"a": 1}), json!({"op": "replace", "path": "", "value": []})), None);
    assert!(after(json!({"a": 1}), json!({"op": "test", "path": "", "value": {"a": 1}})).is_some());
    assert_eq!(after(json!({"a": {"b": 1}}), json!({"op": "move", "from": "/a", "path": "/a/c"})), None, "into itself");
}

#[test]
fn operations_cannot_move_a_long_list_about_for_ever() {
    let list = json!({"a": vec![0; 10_000]});
    for operation in [
        json!({"op": "add", "path": "/a/0", "value": 1}),
        json!({"op": "copy", "from": "/a/1", "path": "/a/0"}),
        json!({"op": "move", "from": "/a/1", "path": "/a/0"}),
    ] {
        let refused = patched(list.clone(), &Value::from(vec![operation.clone(); 1_000])).unwrap_err();
        assert!(refused.to_string().contains("values about"), "{operation}: {refused}");
        assert!(patched(list.clone(), &Value::from(vec![operation; 50])).is_ok());
    }
    let to_the_end = vec![json!({"op": "add", "path": "/a/-", "value": 1}); 9_000];
    assert!(patched(list, &Value::from(to_the_end)).is_ok());
    let long = json!([{"op": "remove", "path": "/-".repeat(100_000)}]);
    let refused = patched(json!({}), &long).unwrap_err().to_string();
    assert!(refused.contains("nest deeper") && refused.len() < 1_000, "{refused}");
}

#[test]
fn copies_cannot_make_an_object_huge_or_deep() {
    let double = vec![json!({"op": "copy", "from": "/a", "path": "/a/-"}); 60];
    assert!(patched(json!({"a": ["0123456789"]}), &Value::from(double)).is_err());
    let nest: Vec<_> = (0..200).map(|_| json!({"op": "move", "from": "/a", "path": "/b"})).collect();
    assert!(patched(json!({"a": 1}), &Value::from(nest)).is_err());
    let deep = (0..200).fold(json!(1), |inner, _| json!({"a": inner}));
    assert!(matches!(
        patched(json!({"a": deep}), &json!([{"op": "copy", "from": "/a", "path": "/b"}])),
        Err(PatchError::Operation(_))
    ));
}
