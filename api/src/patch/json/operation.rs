//! One operation of a JSON patch.

use serde_json::{Map, Value};

use super::document::Document;
use crate::decode::shown;

/// The members of one operation; none where it is null.
#[derive(Debug, Default)]
pub(super) struct Operation(Map<String, Value>);

impl Operation {
    /// The operation of `members`.
    pub fn new(members: Option<Map<String, Value>>) -> Self {
        Self(members.unwrap_or_default())
    }

    /// Carries it out.
    ///
    /// # Errors
    /// Where it is none, or does not fit `document`.
    pub fn run(&mut self, document: &mut Document) -> Result<(), String> {
        // What is not said is null.
        let value = self.0.get_mut("value").map(Value::take).unwrap_or_default();
        let done = match self.0.get("op").and_then(Value::as_str).unwrap_or("unknown") {
            "add" => document.add(self.pointer("path")?, value),
            "remove" => document.take(self.pointer("path")?).map(drop),
            "replace" => document.replace(self.pointer("path")?, value),
            "test" => document.test(self.pointer("path")?, &value),
            "move" => document.take(self.pointer("from")?).and_then(|moved| document.put_moved(self.pointer("path")?, moved)),
            "copy" => document.copy(self.pointer("from")?).and_then(|copy| document.add(self.pointer("path")?, copy)),
            other => Err(format!("unexpected kind: {}", shown(other))),
        };
        done.map_err(|why| format!("at path {:?}: {why}", shown(self.pointer("path").unwrap_or_default())))
    }

    /// The pointer in the member `name`.
    fn pointer(&self, name: &str) -> Result<&str, String> {
        self.0.get(name).and_then(Value::as_str).ok_or_else(|| format!("the operation has no {name}: missing value"))
    }
}
