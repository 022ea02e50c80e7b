//! Equality, order, membership.

use std::cmp::Ordering;

use crate::evaluate::{EvaluationError, Tools};
use crate::value::{Key, Value, compare, equal};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

pub(super) fn not<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Bool(value)] => Ok(Value::Bool(!value)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn same(tools: &mut Tools<'_>, values: &[Value<'_>]) -> Result<bool, EvaluationError> {
    match values {
        [a, b] => equal(a, b, &mut tools.work),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn equals<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    same(tools, values).map(Value::Bool)
}

pub(super) fn differs<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    same(tools, values).map(|same| Value::Bool(!same))
}

fn order<'a>(values: &[Value<'a>], holds: fn(Ordering) -> bool) -> Outcome<'a> {
    let [a, b] = values else { return Err(EvaluationError::NoSuchOverload) };
    if let Some(order) = compare(a, b) {
        return Ok(Value::Bool(holds(order)));
    }
    let nan = |value: &Value<'_>| matches!(value, Value::Double(value) if value.is_nan());
    if nan(a) || nan(b) { Ok(Value::Bool(false)) } else { Err(EvaluationError::NoSuchOverload) }
}

pub(super) fn less<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    order(values, Ordering::is_lt)
}

pub(super) fn less_or_equal<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    order(values, Ordering::is_le)
}

pub(super) fn greater<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    order(values, Ordering::is_gt)
}

pub(super) fn greater_or_equal<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    order(values, Ordering::is_ge)
}

pub(super) fn within<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [value, Value::List(list)] => {
            for item in list.iter() {
                if equal(value, &item, &mut tools.work)? {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        [value, Value::Map(map)] => Ok(Value::Bool(Key::of(value).is_some_and(|key| map.get(&key).is_some()))),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}
