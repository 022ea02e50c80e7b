//! Reading selectors inside views. What is not well formed matches nothing: validation has refused it.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::selector::{LabelSelector, Operator, Requirement};

/// A `metav1.LabelSelector`.
pub(super) fn of_labels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LabelSelector, D::Error> {
    let selector = Value::deserialize(deserializer)?;
    Ok(LabelSelector::from_value(&selector).unwrap_or_else(|_| LabelSelector::nothing()))
}

/// A `metav1.LabelSelector` that may be absent.
pub(super) fn of_labels_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LabelSelector>, D::Error> {
    let selector = Option::<Value>::deserialize(deserializer)?;
    Ok(selector.map(|selector| LabelSelector::from_value(&selector).unwrap_or_else(|_| LabelSelector::nothing())))
}

/// A plain map; empty or absent matches nothing.
pub(super) fn of_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LabelSelector, D::Error> {
    Ok(of_map_if_any(deserializer)?.unwrap_or_else(LabelSelector::nothing))
}

/// A plain map; `None` where it is empty or absent.
pub(super) fn of_map_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LabelSelector>, D::Error> {
    let map = Option::<Map<String, Value>>::deserialize(deserializer)?;
    Ok(map.filter(|map| !map.is_empty()).map(|map| LabelSelector::from_map(&map)))
}

/// A `core/v1 NodeSelectorRequirement`.
pub(super) fn requirement<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Requirement>, D::Error> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Written {
        key: String,
        operator: String,
        values: Vec<String>,
    }
    let Written { key, operator, values } = Written::deserialize(deserializer)?;
    Ok(operator_of(&operator).and_then(|operator| Requirement::new(&key, operator, values).ok()))
}

fn operator_of(text: &str) -> Option<Operator> {
    Some(match text {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        "Gt" => Operator::GreaterThan,
        "Lt" => Operator::LessThan,
        _ => return None,
    })
}
