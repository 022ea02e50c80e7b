//! Merges an applied configuration into an object.

use serde_json::{Map, Value};

use super::merge_list::merge_list;
use super::node_type::{NodeType, Shape};
use crate::schema::Schema;

/// `live` with everything that `config` says; where only one of them says something, that stands.
pub(super) fn merge(schema: &Schema, live: &Value, config: &Value) -> Value {
    both(NodeType::Of(schema), live, config)
}

/// Two values of one type.
pub(super) fn both(kind: NodeType<'_>, live: &Value, config: &Value) -> Value {
    let shape = kind.shape_of_both(Some(live), Some(config));
    match (shape, live, config) {
        (Shape::Leaf, ..) => config.clone(),
        // Null says nothing about a map or a list that has something.
        (_, live, Value::Null) => live.clone(),
        (_, Value::Null, config) => config.clone(),
        (Shape::Items(list), Value::Array(live), Value::Array(config)) => Value::Array(merge_list(list, live, config)),
        (shape, Value::Object(live), Value::Object(config)) => Value::Object(members(shape, live, config)),
        (_, _, config) => config.clone(),
    }
}

fn members(shape: Shape<'_>, live: &Map<String, Value>, config: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = Map::with_capacity(live.len().max(config.len()));
    for (name, value) in live {
        let value = match config.get(name) {
            Some(applied) => both(shape.any_member(name).kind, value, applied),
            None => value.clone(),
        };
        merged.insert(name.clone(), value);
    }
    for (name, value) in config.iter().filter(|(name, _)| !live.contains_key(*name)) {
        merged.insert(name.clone(), value.clone());
    }
    merged
}
