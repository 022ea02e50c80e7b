//! JSON patch, RFC 6902, with upstream's limits.

use json_patch::PatchOperation;
use json_patch::jsonptr::PointerBuf;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::PatchError;

/// As many operations as upstream allows.
const MAX_OPERATIONS: usize = 10_000;
/// What `copy` may add in all, in bytes of JSON, so that a small patch cannot make a huge object.
const MAX_COPIED: usize = 3 << 20;
/// What it may add in values, each of which takes about a hundred bytes.
const MAX_COPIED_VALUES: usize = 10_000;
/// Values that operations may move about in all: those behind an item that is put into a list or taken out, and those
/// of a subtree that is moved. Without it a patch of 10,000 operations keeps a processor busy for minutes.
const MAX_MOVED: usize = 4_000_000;
/// As deep as objects may nest: what is stored must be read back by a reader that stops at 128.
const MAX_DEPTH: usize = 120;

/// `document` after every operation of `body`.
pub(super) fn patch(mut document: Value, body: &[u8]) -> Result<Value, PatchError> {
    let unreadable = |error: serde_json::Error| PatchError::Decode(error.to_string());
    // Read one by one, operations take no more room than their text.
    let operations: Vec<&RawValue> = serde_json::from_slice(body).map_err(unreadable)?;
    if operations.len() > MAX_OPERATIONS {
        return Err(PatchError::TooManyOperations { limit: MAX_OPERATIONS, count: operations.len() });
    }
    // Of members that are there twice the last counts, as upstream's library has it.
    let read = |operation: &&RawValue| {
        serde_json::from_str::<Value>(operation.get()).and_then(PatchOperation::deserialize).map_err(unreadable)
    };
    operations.iter().try_for_each(|operation| read(operation).map(drop))?;
    let mut spent = Spent::default();
    for (at, operation) in operations.iter().enumerate() {
        let operation = read(operation)?;
        check_depth(operation.path().count())?;
        let operation = with_plain_indexes(&document, operation);
        spent.check(&document, &operation)?;
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

/// What the operations so far have cost.
#[derive(Default)]
struct Spent {
    copied: usize,
    copied_values: usize,
    moved: usize,
}

impl Spent {
    /// Adds what `operation` will cost.
    ///
    /// # Errors
    /// Where it is too much.
    fn check(&mut self, document: &Value, operation: &PatchOperation) -> Result<(), PatchError> {
        let at = |pointer: &PointerBuf| document.pointer(pointer.as_str());
        let mut deep = 0;
        match operation {
            PatchOperation::Add(add) => deep = Extent::of(&add.value).depth,
            PatchOperation::Replace(replace) => deep = Extent::of(&replace.value).depth,
            PatchOperation::Copy(copy) => {
                let value = at(&copy.from);
                let extent = value.map(Extent::of).unwrap_or_default();
                self.copied_values += extent.values;
                if self.copied_values <= MAX_COPIED_VALUES {
                    self.copied += value.map_or(0, |value| value.to_string().len());
                }
                deep = extent.depth;
            }
            PatchOperation::Move(moved) => {
                let extent = at(&moved.from).map(Extent::of).unwrap_or_default();
                self.moved += extent.values + neighbours(document, moved.from.as_str());
                deep = extent.depth;
            }
            PatchOperation::Remove(_) | PatchOperation::Test(_) => {}
        }
        if !matches!(operation, PatchOperation::Replace(_) | PatchOperation::Test(_)) {
            self.moved += neighbours(document, operation.path().as_str());
        }
        if self.copied > MAX_COPIED {
            return Err(PatchError::Operation(format!("the copy operations add more than {MAX_COPIED} bytes")));
        }
        if self.copied_values > MAX_COPIED_VALUES {
            return Err(PatchError::Operation(format!("the copy operations add more than {MAX_COPIED_VALUES} values")));
        }
        if self.moved > MAX_MOVED {
            return Err(PatchError::Operation(format!("the operations move more than {MAX_MOVED} values about")));
        }
        check_depth(operation.path().count() + deep)
    }
}

fn check_depth(depth: usize) -> Result<(), PatchError> {
    if depth > MAX_DEPTH {
        return Err(PatchError::Operation(format!("the object would nest deeper than {MAX_DEPTH}")));
    }
    Ok(())
}

/// How many items the list has in which `pointer` names a place; none where it is no list, or where its end is named.
fn neighbours(document: &Value, pointer: &str) -> usize {
    let parent = pointer.rsplit_once('/').filter(|(_, last)| *last != "-").map(|(parent, _)| parent);
    parent.and_then(|parent| document.pointer(parent)).and_then(Value::as_array).map_or(0, Vec::len)
}

/// How far a value reaches.
#[derive(Clone, Copy, Default)]
struct Extent {
    depth: usize,
    values: usize,
}

impl Extent {
    fn of(value: &Value) -> Self {
        let around = |inner: Self, value: &Value| {
            let own = Self::of(value);
            Self { depth: inner.depth.max(own.depth), values: inner.values + own.values }
        };
        match value {
            Value::Array(items) => items.iter().fold(Self::default(), around).within(),
            Value::Object(members) => members.values().fold(Self::default(), around).within(),
            _ => Self { depth: 0, values: 1 },
        }
    }

    const fn within(self) -> Self {
        Self { depth: self.depth + 1, values: self.values + 1 }
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
        assert!(patched(json!({}), &long).unwrap_err().to_string().contains("nest deeper"));
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
