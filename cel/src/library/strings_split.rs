//! Text taken apart and put together.

use crate::evaluate::{EvaluationError, Tools};
use crate::value::{List, Text, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

pub(super) fn replace<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text), Value::String(from), Value::String(to)] => replaced(text, from, to, usize::MAX),
        [Value::String(text), Value::String(from), Value::String(to), Value::Int(count)] => {
            replaced(text, from, to, usize::try_from(*count).unwrap_or(usize::MAX))
        }
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn replaced<'a>(text: &str, from: &str, to: &str, count: usize) -> Outcome<'a> {
    let found = if from.is_empty() { text.chars().count() + 1 } else { text.matches(from).take(count).count() };
    Tools::allow_text(text.len().saturating_add(found.min(count).saturating_mul(to.len())))?;
    Ok(Value::text(text.replacen(from, to, count)))
}

pub(super) fn split<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let (text, separator, limit) = match values {
        [Value::String(text), Value::String(separator)] => (text, separator, -1),
        [Value::String(text), Value::String(separator), Value::Int(limit)] => (text, separator, *limit),
        _ => return Err(EvaluationError::NoSuchOverload),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Value::List(List::from(match text {
        Text::Borrowed(text) => parts(text, separator, limit).into_iter().map(|part| Value::String(part.into())).collect(),
        Text::Shared(text) => parts(text, separator, limit).into_iter().map(Value::text).collect::<Vec<_>>(),
    })))
}

fn parts<'t>(text: &'t str, separator: &str, limit: usize) -> Vec<&'t str> {
    if limit == 0 {
        return Vec::new();
    }
    if !separator.is_empty() {
        return text.splitn(limit, separator).collect();
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if parts.len() + 1 == limit {
            break;
        }
        let (part, after) = rest.split_at(first.len_utf8());
        parts.push(part);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

pub(super) fn join<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let (list, separator) = match values {
        [Value::List(list)] => (list, ""),
        [Value::List(list), Value::String(separator)] => (list, &**separator),
        _ => return Err(EvaluationError::NoSuchOverload),
    };
    let mut joined = String::new();
    for (at, item) in list.iter().enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        joined.push_str(item.as_str().ok_or(EvaluationError::NoSuchOverload)?);
        Tools::allow_text(joined.len())?;
    }
    Ok(Value::text(joined))
}
