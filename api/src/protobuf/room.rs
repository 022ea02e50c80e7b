//! What a body may still take.

use std::cell::Cell;

use serde_json::Value;

use super::wire::{Fields, Wire, WireError};

/// Messages within messages, with entries of maps.
const MAX_DEPTH: usize = 100;

/// What a value of a body takes up.
const VALUE: usize = 4;

/// How deep a message lies, and how many values its body may still hold.
#[derive(Clone, Copy)]
pub(super) struct Room<'c> {
    depth: usize,
    left: &'c Cell<usize>,
}

/// Room for `values`, to be taken up. Clients in Go write every field that is no pointer, whether it says something or not, which is most of a
/// definition of a custom kind: those that say nothing take a quarter of what a value takes.
pub(super) const fn room_for(values: usize) -> Cell<usize> {
    Cell::new(values * VALUE)
}

impl<'c> Room<'c> {
    /// At the outside of a body, of which `left` is not taken up yet.
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

    /// Looks whether the fields of `message` have room, before anything is made of them; of those for which `says_nothing` holds, nothing is.
    ///
    /// # Errors
    /// Where they have none.
    pub fn expect(self, message: &[u8], says_nothing: impl Fn(u64, Wire<'_>) -> bool) -> Result<(), WireError> {
        // No field has less than two bytes.
        if message.len() / 2 <= self.left.get() / VALUE {
            return Ok(());
        }
        let mut left = self.left.get();
        for (tag, wire) in Fields(message).map_while(Result::ok) {
            left = left.checked_sub(if says_nothing(tag, wire) { 1 } else { VALUE }).ok_or(WireError::Values)?;
        }
        Ok(())
    }

    /// Takes up room for `values` more.
    ///
    /// # Errors
    /// Where there is none.
    pub fn spend(self, values: usize) -> Result<(), WireError> {
        self.take(values.saturating_mul(VALUE))
    }

    /// Takes up room for a field of which nothing is made.
    ///
    /// # Errors
    /// Where there is none.
    pub fn pass(self) -> Result<(), WireError> {
        self.take(1)
    }

    fn take(self, room: usize) -> Result<(), WireError> {
        self.left.set(self.left.get().checked_sub(room).ok_or(WireError::Values)?);
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
