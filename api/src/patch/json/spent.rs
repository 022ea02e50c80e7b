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
    /// Notes that `value` is copied.
    ///
    /// # Errors
    /// Where that is too much.
    pub fn copy(&mut self, value: &Value) -> Result<(), String> {
        self.copied_values += Extent::of(value).values;
        if self.copied_values > MAX_COPIED_VALUES {
            return Err(format!("the copy operations add more than {MAX_COPIED_VALUES} values"));
        }
        self.copied += value.to_string().len();
        if self.copied > MAX_COPIED {
            return Err(format!("the copy operations add more than {MAX_COPIED} bytes"));
        }
        Ok(())
    }

    /// Notes that `value` is carried from one place to another.
    ///
    /// # Errors
    /// Where that is too much.
    pub fn carry(&mut self, value: &Value) -> Result<(), String> {
        self.shift(Extent::of(value).values)
    }

    /// Notes that so many values make room or close a gap.
    ///
    /// # Errors
    /// Where that is too much.
    pub fn shift(&mut self, values: usize) -> Result<(), String> {
        self.moved += values;
        if self.moved > MAX_MOVED {
            return Err(format!("the operations move more than {MAX_MOVED} values about"));
        }
        Ok(())
    }
}

/// Checks that `value` at `pointer` nests no deeper than objects may.
///
/// # Errors
/// Where it does.
pub(super) fn check_depth(pointer: &str, value: &Value) -> Result<(), String> {
    if pointer.matches('/').count() + Extent::of(value).depth > MAX_DEPTH {
        return Err(format!("the object would nest deeper than {MAX_DEPTH}"));
    }
    Ok(())
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
