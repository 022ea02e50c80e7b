//! What tells the items of a list apart.

use serde_json::Value;

use super::Element;
use crate::Text;
use crate::go;
use crate::schema::{List, ListType};

/// Why an item cannot be told apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// Keys are wanted and there is nothing.
    #[error("associative list with keys may not have a null element")]
    Null,
    /// Keys are wanted and there is no map.
    #[error("associative list with keys may not have non-map elements")]
    NotAMap,
    /// None of the keys is there, nor has a default.
    #[error("associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)", quoted(.0))]
    NoKey(Vec<Text>),
    /// A set holds a map.
    #[error("associative list without keys has an element that's a map type")]
    MapInSet,
    /// A set holds a list.
    #[error("not supported: associative list with lists as elements")]
    ListInSet,
    /// A set holds null.
    #[error("associative list without keys has an element that's an explicit null")]
    NullInSet,
}

fn quoted(keys: &[Text]) -> String {
    keys.iter().map(|key| go::quoted(key)).collect::<Vec<_>>().join(" ")
}

/// What tells `item` apart in `list`.
///
/// # Errors
/// Where nothing does.
pub(super) fn element_of(list: &List, item: &Value) -> Result<Element, ItemError> {
    if list.list_type == ListType::Map && !list.keys.is_empty() {
        return keyed(list, item);
    }
    match item {
        Value::Object(_) => Err(ItemError::MapInSet),
        Value::Array(_) => Err(ItemError::ListInSet),
        Value::Null => Err(ItemError::NullInSet),
        scalar => Ok(Element::Value(Box::new(scalar.clone()))),
    }
}

fn keyed(list: &List, item: &Value) -> Result<Element, ItemError> {
    let map = match item {
        Value::Object(map) => map,
        Value::Null => return Err(ItemError::Null),
        _ => return Err(ItemError::NotAMap),
    };
    let mut keys = Vec::with_capacity(list.keys.len());
    for name in &list.keys {
        // Without a key that has no default an item is another than with it.
        let value = map.get(&**name).or_else(|| default_of(list, name));
        keys.extend(value.map(|value| (name.clone(), value.clone())));
    }
    if keys.is_empty() {
        return Err(ItemError::NoKey(list.keys.to_vec()));
    }
    Ok(Element::of_keys(keys.into_iter()))
}

fn default_of<'s>(list: &'s List, key: &str) -> Option<&'s Value> {
    list.items.as_object()?.field(key)?.default.as_deref()
}
