//! Optional values.

use crate::evaluate::{EvaluationError, Tools};
use crate::value::{List, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

pub(super) fn of<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    values.first().cloned().map(Value::some).ok_or(EvaluationError::NoSuchOverload)
}

pub(super) fn of_non_zero<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [value] if value.is_zero() => Ok(Value::Optional(None)),
        [value] => Ok(Value::some(value.clone())),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn none<'a>(_: &mut Tools<'_>, _: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::Optional(None))
}

pub(super) fn has_value<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Optional(inner)] => Ok(Value::Bool(inner.is_some())),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn value<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Optional(Some(inner))] => Ok((**inner).clone()),
        [Value::Optional(None)] => Err(EvaluationError::invalid("optional.none() dereference")),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn or<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Optional(None), other @ Value::Optional(_)] => Ok(other.clone()),
        [present @ Value::Optional(Some(_)), Value::Optional(_)] => Ok(present.clone()),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn or_value<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Optional(None), other] => Ok(other.clone()),
        [Value::Optional(Some(inner)), _] => Ok((**inner).clone()),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

/// What is in those of a list that hold something.
pub(super) fn unwrap<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let [Value::List(list)] = values else { return Err(EvaluationError::NoSuchOverload) };
    let mut items = Vec::new();
    for item in list.iter() {
        match item {
            Value::Optional(inner) => items.extend(inner.map(|value| (*value).clone())),
            _ => return Err(EvaluationError::NoSuchOverload),
        }
    }
    Ok(Value::List(List::from(items)))
}

pub(super) fn first<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    at(values, |_| 0)
}

pub(super) fn last<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    at(values, |length| length.saturating_sub(1))
}

fn at<'a>(values: &[Value<'a>], place: fn(usize) -> usize) -> Outcome<'a> {
    match values {
        [Value::List(list)] => Ok(list.get(place(list.len())).map_or(Value::Optional(None), Value::some)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}
