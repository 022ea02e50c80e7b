//! `FieldsV1`: sets of fields as `metadata.managedFields` writes them.

use serde_json::{Map, Value};

use super::element::ElementError;
use super::{Element, Node, Set};

/// The member that says that the element itself is in the set, beside what lies below it.
const SELF: &str = ".";

/// Fields that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    /// Not a JSON object.
    #[error("fieldsV1 holds {0} where an object is expected")]
    NotAnObject(String),
    /// A key that is no path element.
    #[error("fieldsV1: {0}")]
    Element(#[from] ElementError),
}

/// `set` as JSON.
pub(super) fn write(set: &Set) -> Value {
    Value::Object(object(set, false))
}

fn object(set: &Set, with_self: bool) -> Map<String, Value> {
    let own = (with_self && !set.is_empty()).then(|| (SELF.to_owned(), Value::Object(Map::new())));
    let below = set.iter().map(|(element, node)| (element.to_key(), Value::Object(object(&node.below, node.member))));
    own.into_iter().chain(below).collect()
}

/// Reads JSON; elements of an unknown kind are left out.
///
/// # Errors
/// Where it is malformed.
pub(super) fn read(json: &Value) -> Result<Set, FieldsError> {
    Ok(node(json)?.below)
}

fn node(json: &Value) -> Result<Node, FieldsError> {
    let map = json.as_object().ok_or_else(|| FieldsError::NotAnObject(json.to_string()))?;
    let mut node = Node { member: map.contains_key(SELF), below: Set::default() };
    for (key, value) in map.iter().filter(|(key, _)| *key != SELF) {
        match Element::parse(key) {
            Ok(element) => node.below.put(element, self::node(value)?),
            Err(ElementError::Unknown(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    node.member |= node.below.is_empty();
    Ok(node)
}

/// Whether anything in `set` concerns what `json` holds: the same field, or one above or below it. Takes as long as the smaller of both.
pub(super) fn touches(json: &Value, set: &Set) -> bool {
    let Some(map) = json.as_object() else { return false };
    if map.len() < set.len() {
        let of_key = |key: &String| Element::parse(key).ok().and_then(|element| set.get(&element));
        return map.iter().any(|(key, found)| of_key(key).is_some_and(|node| touches_node(found, node)));
    }
    set.iter().any(|(element, node)| map.get(&element.to_key()).is_some_and(|found| touches_node(found, node)))
}

fn touches_node(json: &Value, node: &Node) -> bool {
    let Some(found) = json.as_object() else { return false };
    let is_member = found.is_empty() || found.contains_key(SELF);
    (node.member && is_member) || found.is_empty() != node.below.is_empty() || touches(json, &node.below)
}

/// Whether `json` holds every field in `set`.
pub(super) fn holds(json: &Value, set: &Set) -> bool {
    let Some(map) = json.as_object() else { return false };
    set.iter().all(|(element, node)| {
        let Some(found) = map.get(&element.to_key()) else { return false };
        let is_member = found.as_object().is_some_and(|found| found.is_empty() || found.contains_key(SELF));
        (!node.member || is_member) && holds(found, &node.below)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Path;
    use serde_json::json;

    #[test]
    fn fields_read_back_as_they_were_written() {
        let json = json!({"f:metadata": {"f:labels": {".": {}, "f:app": {}}},
            "f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:image": {}}}, "f:replicas": {}}});
        let set = read(&json).unwrap();
        assert_eq!(write(&set), json);
        assert!(set.has(&Path::of_fields(&["metadata", "labels"]).0));
        assert!(!set.has(&Path::of_fields(&["metadata"]).0));
        assert!(read(&json!({"x:new": {}, "f:a": {}})).unwrap().has(&[Element::field("a")]));
        assert!(read(&json!({"a": {}})).is_err());
        assert!(read(&json!({"f:a": 1})).is_err());
    }

    #[test]
    fn a_change_concerns_the_fields_at_above_and_below_it() {
        let json = json!({"f:a": {"f:b": {}}, "f:c": {}});
        let set = |names: &[&str]| Set::of(&[Path::of_fields(names)]);
        assert!(touches(&json, &set(&["a", "b"])) && touches(&json, &set(&["a"])) && touches(&json, &set(&["c", "d"])));
        assert!(!touches(&json, &set(&["a", "x"])) && !touches(&json, &set(&["d"])));
        assert!(holds(&json, &set(&["c"])) && !holds(&json, &set(&["a"])) && !holds(&json, &set(&["c", "d"])));
    }
}
