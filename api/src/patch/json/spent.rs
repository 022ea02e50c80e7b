//! What a patch may cost.

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
    /// A value comes to stand `depth` steps deep.
    ///
    /// # Errors
    /// Where the object would nest too deep.
    pub fn places(&self, depth: usize, value: &Value) -> Result<(), String> {
        check_depth(depth + Extent::of(value).depth)
    }

    /// A list of `items` gets one or loses one that need not be its last.
    ///
    /// # Errors
    /// Where too much has been moved.
    pub fn shifts(&mut self, items: usize) -> Result<(), String> {
        self.moved += items;
        if self.moved > MAX_MOVED { Err(format!("the operations move more than {MAX_MOVED} values about")) } else { Ok(()) }
    }

    /// `value` goes to another place.
    ///
    /// # Errors
    /// As [`Spent::shifts`].
    pub fn moves(&mut self, value: &Value) -> Result<(), String> {
        self.shifts(Extent::of(value).values)
    }

    /// There will be another `value`.
    ///
    /// # Errors
    /// Where copies have added too much.
    pub fn copies(&mut self, value: &Value) -> Result<(), String> {
        self.copied_values += Extent::of(value).values;
        if self.copied_values > MAX_COPIED_VALUES {
            return Err(format!("the copy operations add more than {MAX_COPIED_VALUES} values"));
        }
        self.copied += value.to_string().len();
        if self.copied > MAX_COPIED { Err(format!("the copy operations add more than {MAX_COPIED} bytes")) } else { Ok(()) }
    }
}

/// Checks that a place so deep may be in an object.
///
/// # Errors
/// Where it may not.
pub(super) fn check_depth(depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH { Err(format!("the object would nest deeper than {MAX_DEPTH}")) } else { Ok(()) }
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
