//! JSON patch, RFC 6902, with upstream's limits.

use json_patch::jsonptr::PointerBuf;
use json_patch::{Patch, PatchOperation};
use serde_json::Value;

use super::PatchError;

/// As many operations as upstream allows.
const MAX_OPERATIONS: usize = 10_000;
/// What `copy` may add in all, in bytes of JSON, so that a small patch cannot make a huge object.
const MAX_COPIED: usize = 3 << 20;
/// As deep as objects may nest: what is stored must be read back by a reader that stops at 128.
const MAX_DEPTH: usize = 120;

/// `document` after every operation of `body`.
pub(super) fn patch(mut document: Value, body: &[u8]) -> Result<Value, PatchError> {
    let Patch(operations) = serde_json::from_slice(body).map_err(|error| PatchError::Decode(error.to_string()))?;
    if operations.len() > MAX_OPERATIONS {
        return Err(PatchError::TooManyOperations { limit: MAX_OPERATIONS, count: operations.len() });
    }
    let mut copied = 0;
    for (at, operation) in operations.into_iter().enumerate() {
        let operation = with_plain_indexes(&document, operation);
        check_size(&document, &operation, &mut copied)?;
        if is_test_for_absence(&document, &operation) {
            continue;
        }
        json_patch::patch_unsafe(&mut document, std::slice::from_ref(&operation)).map_err(|error| {
            PatchError::Operation(format!("operation {at} failed at path {:?}: {}", error.path.as_str(), error.kind))
        })?;
    }
    Ok(document)
}

/// A test for `null` holds where nothing is, as upstream's library has it.
fn is_test_for_absence(document: &Value, operation: &PatchOperation) -> bool {
    matches!(operation, PatchOperation::Test(test) if test.value.is_null() && document.pointer(test.path.as_str()).is_none())
}

fn check_size(document: &Value, operation: &PatchOperation, copied: &mut usize) -> Result<(), PatchError> {
    let value = match operation {
        PatchOperation::Add(add) => Some(&add.value),
        PatchOperation::Replace(replace) => Some(&replace.value),
        PatchOperation::Copy(copy) => {
            let value = document.pointer(copy.from.as_str());
            *copied += value.map_or(0, |value| value.to_string().len());
            value
        }
        PatchOperation::Move(moved) => document.pointer(moved.from.as_str()),
        PatchOperation::Remove(_) | PatchOperation::Test(_) => None,
    };
    if *copied > MAX_COPIED {
        return Err(PatchError::Operation(format!("the copy operations add more than {MAX_COPIED} bytes")));
    }
    let reached = operation.path().count() + value.map_or(0, depth);
    if reached > MAX_DEPTH {
        return Err(PatchError::Operation(format!("the object would nest deeper than {MAX_DEPTH}")));
    }
    Ok(())
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Turns negative list indexes, which upstream's library takes, into plain ones.
fn with_plain_indexes(document: &Value, mut operation: PatchOperation) -> PatchOperation {
    let plain = |pointer: &mut PointerBuf| {
        if pointer.as_str().contains("/-")
            && let Some(resolved) = resolve(document, pointer.as_str())
        {
            *pointer = resolved;
        }
    };
    match &mut operation {
        PatchOperation::Add(add) => plain(&mut add.path),
        PatchOperation::Remove(remove) => plain(&mut remove.path),
        PatchOperation::Replace(replace) => plain(&mut replace.path),
        PatchOperation::Test(test) => plain(&mut test.path),
        PatchOperation::Move(moved) => {
            plain(&mut moved.from);
            plain(&mut moved.path);
        }
        PatchOperation::Copy(copy) => {
            plain(&mut copy.from);
            plain(&mut copy.path);
        }
    }
    operation
}

fn resolve(document: &Value, pointer: &str) -> Option<PointerBuf> {
    let mut resolved = String::new();
    for token in pointer.split('/').skip(1) {
        let parent = document.pointer(&resolved);
        let back: Option<usize> = token.strip_prefix('-').and_then(|digits| digits.parse().ok());
        let index = parent.and_then(Value::as_array).zip(back).and_then(|(list, back)| list.len().checked_sub(back));
        resolved.push('/');
        match index {
            Some(index) => resolved.push_str(&index.to_string()),
            None => resolved.push_str(token),
        }
    }
    PointerBuf::parse(resolved).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(document: Value, operations: &Value) -> Result<Value, PatchError> {
        patch(document, operations.to_string().as_bytes())
    }

    #[test]
    fn indexes_may_count_from_the_end() {
        let operations = json!([{"op": "replace", "path": "/a/-1", "value": 9}, {"op": "remove", "path": "/a/-2"}, {"op": "add", "path": "/a/-", "value": 5}]);
        assert_eq!(patched(json!({"a": [1, 2]}), &operations).unwrap(), json!({"a": [9, 5]}));
    }

    #[test]
    fn a_test_for_null_holds_where_nothing_is() {
        assert!(patched(json!({}), &json!([{"op": "test", "path": "/a", "value": null}])).is_ok());
        assert!(patched(json!({"a": 1}), &json!([{"op": "test", "path": "/a", "value": null}])).is_err());
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
}
