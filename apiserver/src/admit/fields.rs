//! Small accessors for the fields of an object under admission.

use kontiki_api::place;
use kontiki_api::status::Status;
use serde_json::{Map, Value};

use super::{Admission, Operation};

/// The text at `pointer`; empty where there is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    place(object, pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The list at `pointer`; empty where there is none.
pub(super) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    place(object, pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The object at `spec`, made where it is missing.
pub(super) fn spec(object: &mut Value) -> Option<&mut Map<String, Value>> {
    object.as_object_mut()?.entry("spec").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

/// The list called `name` of `map`, made where it is missing or null.
pub(super) fn list<'a>(map: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Vec<Value>> {
    let entry = map.entry(name).or_insert(Value::Null);
    if entry.is_null() {
        *entry = Value::Array(Vec::new());
    }
    entry.as_array_mut()
}

impl Admission<'_> {
    /// Whether this creates an object of `plural` in `group` (not a subresource of one).
    pub(super) fn creates(&self, group: &str, plural: &str) -> bool {
        self.operation == Operation::Create && self.is(group, plural) && self.target.subresource.is_empty()
    }

    /// Whether this is about an object of `plural` in `group`, or a subresource of one.
    pub(super) fn is(&self, group: &str, plural: &str) -> bool {
        &*self.kind.group == group && &*self.kind.plural == plural
    }

    /// The object's name, as the path, the object or its old state says.
    pub(super) fn name(&self) -> &str {
        let old = self.old.unwrap_or(&Value::Null);
        let names = [&*self.target.name, text(self.object, "/metadata/name"), text(old, "/metadata/name")];
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// 403 about the object, in upstream's words.
    pub(super) fn forbidden(&self, why: &str) -> Status {
        let names = [&*self.target.name, text(self.object, "/metadata/name"), text(self.object, "/metadata/generateName")];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or("Unknown");
        Status::forbidden(&self.kind.group, &self.kind.plural, name, why)
    }
}
