//! What a patch may cost.

use json_patch::PatchOperation;
use json_patch::jsonptr::PointerBuf;
use serde_json::Value;

/// What `copy` may add in all, in bytes of JSON, so that a small patch cannot make a huge object.
const MAX_COPIED: usize = 3 << 20;
/// What it may add in values, each of which takes about a hundred bytes.
const MAX_COPIED_VALUES: usize = 10_000;
/// Values that operations may move about in all: those behind an item that is put into a list or taken out, and those
/// of a subtree that is moved. Without it a patch of 10,000 operations keeps a processor busy for minutes.
const MAX_MOVED: usize = 4_000_000;
/// As deep as objects may nest: what is stored must be read back by a reader that stops at 128.
const MAX_DEPTH: usize = 120;

/// What the operations so far have cost.
#[derive(Debug, Default)]
pub(super) struct Spent {
    copied: usize,
    copied_values: usize,
    moved: usize,
}

impl Spent {
    /// Adds what `operation` will cost.
    ///
    /// # Errors
    /// Where it is too much.
    pub fn check(&mut self, document: &Value, operation: &PatchOperation) -> Result<(), String> {
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
            return Err(format!("the copy operations add more than {MAX_COPIED} bytes"));
        }
        if self.copied_values > MAX_COPIED_VALUES {
            return Err(format!("the copy operations add more than {MAX_COPIED_VALUES} values"));
        }
        if self.moved > MAX_MOVED {
            return Err(format!("the operations move more than {MAX_MOVED} values about"));
        }
        check_depth(operation.path().count() + deep)
    }
}

/// Checks that a place so deep may be in an object.
///
/// # Errors
/// Where it may not.
pub(super) fn check_depth(depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH { Err(format!("the object would nest deeper than {MAX_DEPTH}")) } else { Ok(()) }
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
