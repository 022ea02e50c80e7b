//! What a body may still take.

use std::cell::Cell;

use serde_json::Value;

use super::wire::{Fields, WireError};

/// Messages within messages.
const MAX_DEPTH: usize = 64;

/// How deep a message lies, and how many values its body may still hold.
#[derive(Clone, Copy)]
pub(super) struct Room<'c> {
    depth: usize,
    left: &'c Cell<usize>,
}

impl<'c> Room<'c> {
    /// At the outside of a body, which may hold `left` values.
    pub const fn new(left: &'c Cell<usize>) -> Self {
        Self { depth: 0, left }
    }

    /// One message further in.
    pub const fn inner(self) -> Self {
        Self { depth: self.depth + 1, left: self.left }
    }

    /// # Errors
    /// Where messages are nested too deeply.
    pub fn check(self) -> Result<(), WireError> {
        if self.depth > MAX_DEPTH { Err(WireError::Depth) } else { Ok(()) }
    }

    /// Looks whether the fields of `message` have room, before anything is made of them.
    ///
    /// # Errors
    /// Where they have none.
    pub fn expect(self, message: &[u8]) -> Result<(), WireError> {
        let left = self.left.get();
        // No field has less than two bytes.
        let many = message.len() / 2 > left && Fields(message).take(left + 1).count() > left;
        if many { Err(WireError::Values) } else { Ok(()) }
    }

    /// Takes up room for `values` more.
    ///
    /// # Errors
    /// Where there is none.
    pub fn spend(self, values: usize) -> Result<(), WireError> {
        self.left.set(self.left.get().checked_sub(values).ok_or(WireError::Values)?);
        Ok(())
    }
}

/// Whether lists and objects lie within each other in `value` on more than `levels`.
pub(super) fn nests_deeper(value: &Value, levels: usize) -> bool {
    let inside = |part: &Value| levels.checked_sub(1).is_none_or(|levels| nests_deeper(part, levels));
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(inside),
        Value::Object(map) => levels == 0 || map.values().any(inside),
        _ => false,
    }
}
