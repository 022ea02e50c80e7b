//! The document that a JSON patch changes.

use serde_json::Value;

use super::place::{Parent, find, index, no_such};
use super::spent::{Spent, check_depth};

/// A document, and what changing it has cost.
#[derive(Debug)]
pub(super) struct Document {
    /// The document.
    pub value: Value,
    spent: Spent,
}

impl Document {
    /// `value`, as yet unchanged.
    pub fn new(value: Value) -> Self {
        Self { value, spent: Spent::default() }
    }

    /// Puts `value` at `pointer`: into a map, or before an item of a list.
    ///
    /// # Errors
    /// Where what shall hold it is not there or has no such index.
    pub fn add(&mut self, pointer: &str, value: Value) -> Result<(), String> {
        check_depth(pointer, &value)?;
        match find(&mut self.value, pointer)? {
            Parent::Map(map, key) => drop(map.insert(key, value)),
            Parent::List(list, token) if token == "-" => list.push(value),
            Parent::List(list, token) => {
                // One place more than items: behind the last one, -1 being that.
                let at = index(&token, list.len() + 1).ok_or_else(|| no_such(&token))?;
                self.spent.shift(list.len())?;
                list.insert(at, value);
            }
        }
        Ok(())
    }

    /// Takes out what is at `pointer`.
    ///
    /// # Errors
    /// Where nothing is.
    pub fn take(&mut self, pointer: &str) -> Result<Value, String> {
        check_depth(pointer, &Value::Null)?;
        match find(&mut self.value, pointer)? {
            // The order of members says nothing; to keep it would cost as much as the map is long.
            Parent::Map(map, key) => map.swap_remove(&key).ok_or_else(|| "missing value".to_owned()),
            Parent::List(list, token) => {
                let at = index(&token, list.len()).ok_or_else(|| no_such(&token))?;
                self.spent.shift(list.len())?;
                Ok(list.remove(at))
            }
        }
    }

    /// Puts `moved`, which was taken out elsewhere, at `pointer`.
    ///
    /// # Errors
    /// As [`Document::add`].
    pub fn put_moved(&mut self, pointer: &str, moved: Value) -> Result<(), String> {
        self.spent.carry(&moved)?;
        self.add(pointer, moved)
    }

    /// Puts `value` in the place of what is at `pointer`; a map need not have it yet.
    ///
    /// # Errors
    /// Where what shall hold it is not there or has no such index, or the document would be no map or list.
    pub fn replace(&mut self, pointer: &str, value: Value) -> Result<(), String> {
        check_depth(pointer, &value)?;
        if pointer.is_empty() {
            if !value.is_object() && !value.is_array() {
                return Err("the value must be an object or array".into());
            }
            self.value = value;
            return Ok(());
        }
        match find(&mut self.value, pointer)? {
            Parent::Map(map, key) => drop(map.insert(key, value)),
            Parent::List(list, token) => {
                let slot = index(&token, list.len()).and_then(|at| list.get_mut(at));
                *slot.ok_or_else(|| no_such(&token))? = value;
            }
        }
        Ok(())
    }

    /// Checks that `wanted` is at `pointer`; what a map does not have is null.
    ///
    /// # Errors
    /// Where it is not, or where nothing can be there.
    pub fn test(&mut self, pointer: &str, wanted: &Value) -> Result<(), String> {
        let same = if pointer.is_empty() { self.value == *wanted } else { *at(&mut self.value, pointer)? == *wanted };
        if same { Ok(()) } else { Err("test failed".into()) }
    }

    /// A copy of what is at `pointer`; what a map does not have is null.
    ///
    /// # Errors
    /// Where nothing can be there, or where too much is copied.
    pub fn copy(&mut self, pointer: &str) -> Result<Value, String> {
        let value = at(&mut self.value, pointer)?;
        self.spent.copy(value)?;
        Ok(value.clone())
    }
}

/// What is at `pointer` in `document`; what a map does not have is null.
fn at<'a>(document: &'a mut Value, pointer: &str) -> Result<&'a Value, String> {
    check_depth(pointer, &Value::Null)?;
    match find(document, pointer)? {
        Parent::Map(map, key) => Ok(map.get(&key).unwrap_or(&Value::Null)),
        Parent::List(list, token) => index(&token, list.len()).and_then(|at| list.get(at)).ok_or_else(|| no_such(&token)),
    }
}
