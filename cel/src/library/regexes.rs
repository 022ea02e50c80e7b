//! `matches`, `find`, `findAll`.

use crate::evaluate::{EvaluationError, Tools};
use crate::value::{List, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

pub(super) fn matches<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text), Value::String(pattern)] => Ok(Value::Bool(tools.regex(pattern, text)?.is_match(text))),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn find<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text), Value::String(pattern)] => {
            Ok(Value::text(tools.regex(pattern, text)?.find(text).map(|found| found.as_str()).unwrap_or_default()))
        }
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn find_all<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let (text, pattern, limit) = match values {
        [Value::String(text), Value::String(pattern)] => (text, pattern, -1),
        [Value::String(text), Value::String(pattern), Value::Int(limit)] => (text, pattern, *limit),
        _ => return Err(EvaluationError::NoSuchOverload),
    };
    let found = tools.regex(pattern, text)?.find_iter(text).take(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Value::List(List::from(found.map(|found| Value::text(found.as_str())).collect::<Vec<_>>())))
}
