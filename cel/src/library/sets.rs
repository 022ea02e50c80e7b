//! Lists as sets.

use crate::evaluate::{EvaluationError, Tools};
use crate::value::{List, Value, equal};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

fn two<'v, 'a>(values: &'v [Value<'a>]) -> Result<(&'v List<'a>, &'v List<'a>), EvaluationError> {
    match values {
        [Value::List(a), Value::List(b)] => Ok((a, b)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn has(list: &List<'_>, wanted: &Value<'_>, tools: &mut Tools<'_>) -> Result<bool, EvaluationError> {
    for item in list.iter() {
        if equal(&item, wanted, &mut tools.work)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn includes(list: &List<'_>, part: &List<'_>, tools: &mut Tools<'_>) -> Result<bool, EvaluationError> {
    for item in part.iter() {
        if !has(list, &item, tools)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn contains<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let (a, b) = two(values)?;
    includes(a, b, tools).map(Value::Bool)
}

pub(super) fn equivalent<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let (a, b) = two(values)?;
    Ok(Value::Bool(includes(a, b, tools)? && includes(b, a, tools)?))
}

pub(super) fn intersects<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let (a, b) = two(values)?;
    for item in b.iter() {
        if has(a, &item, tools)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}
