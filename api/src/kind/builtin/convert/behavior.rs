//! The behavior of an autoscaler as upstream writes it into an annotation: a Go struct without names for JSON.

use serde_json::{Map, Value};

use crate::schema::Schema;

const DIRECTIONS: [&str; 2] = ["ScaleUp", "ScaleDown"];
const RULES: [&str; 4] = ["StabilizationWindowSeconds", "SelectPolicy", "Policies", "Tolerance"];
const POLICY: [&str; 3] = ["Type", "Value", "PeriodSeconds"];

/// `behavior` with the names of upstream's Go fields, all of them.
pub(super) fn to_go(behavior: &Value) -> Value {
    with_fields(behavior, &DIRECTIONS, |rules| {
        with_fields(rules, &RULES, |part| match part {
            Value::Array(policies) => policies.iter().map(|policy| with_fields(policy, &POLICY, Value::clone)).collect(),
            other => other.clone(),
        })
    })
}

/// `value` with its names as `schema` has them. As Go does, a name is taken in capitals or not.
pub(super) fn from_go(value: Value, schema: &Schema) -> Value {
    match (value, schema) {
        (Value::Object(map), Schema::Object(object)) => {
            let named = map.into_iter().map(|(name, value)| {
                match object.fields.iter().find(|field| field.name.eq_ignore_ascii_case(&name)) {
                    Some(field) => (field.name.to_string(), from_go(value, &field.schema)),
                    None => (name, value),
                }
            });
            named.collect::<Map<_, _>>().into()
        }
        (Value::Array(items), Schema::List(list)) => items.into_iter().map(|item| from_go(item, &list.items)).collect(),
        (value, _) => value,
    }
}

/// The struct `value` with the Go fields `names`, each as `inside` makes it; `null` where there is none.
fn with_fields(value: &Value, names: &[&str], inside: impl Fn(&Value) -> Value) -> Value {
    let Value::Object(map) = value else { return Value::Null };
    let of = |name: &str| map.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| inside(value));
    names.iter().map(|name| ((*name).to_owned(), of(name).unwrap_or_default())).collect::<Map<_, _>>().into()
}
