//! What a call cost, from the values it had.

use std::sync::Arc;

use super::range::scale;
use super::{LIST_CALL, PAIR, REGEX, Rule, TRAVERSAL};
use crate::evaluate::{EvaluationError, Tools};
use crate::library::Function;
use crate::value::{Inner, Text, Value};

/// The cost of a call, before it is made; `None` where only the result tells.
pub(crate) fn before(function: &Function, values: &[Value<'_>], tools: &mut Tools<'_>) -> Result<Option<u64>, EvaluationError> {
    for value in values {
        tools.spend(walked(value))?;
    }
    let size = |at: usize| values.get(at).map_or(1, Value::size);
    let walk = |at: usize, factor: f64| scale(size(at), factor);
    Ok(Some(match function.rule {
        Rule::Unit | Rule::Quote | Rule::Format | Rule::Sets(_) => 1,
        Rule::Join => return Ok(None),
        Rule::Check => 350_000,
        Rule::Selector => 10 + walk(1, TRAVERSAL) + scale(walk(1, 0.5), 50.0),
        Rule::Traverse => values.first().map_or(Ok(0), |list| traversal(list, tools))?,
        Rule::Text if is_range(values.first()) => 1,
        Rule::Text => walk(0, TRAVERSAL),
        Rule::TextTwice => walk(0, 2.0 * TRAVERSAL),
        Rule::Find | Rule::Matches => scale(size(0).saturating_add(1), TRAVERSAL).saturating_mul(walk(1, REGEX)),
        Rule::ContainsIp => scale(size(0) * 2, TRAVERSAL) + parsing(values.get(1)),
        Rule::ContainsCidr => scale(size(0) * 2, TRAVERSAL) + walk(0, TRAVERSAL) + 1 + parsing(values.get(1)),
        Rule::Validate => scale(size(1) + 1, TRAVERSAL).saturating_mul(scale(format_size(values.first()), REGEX)),
        Rule::Equal if matches!(values.first(), Some(Value::Opaque(_))) => 1,
        Rule::Equal => scale(size(0).min(size(1)), TRAVERSAL),
        Rule::Compare if is_text(values.first()) => scale(size(0).min(size(1)), TRAVERSAL),
        Rule::Add if is_text(values.first()) => scale(size(0).saturating_add(size(1)), TRAVERSAL),
        Rule::Convert if is_conversion(function.name, values.first()) => walk(0, TRAVERSAL),
        Rule::Compare | Rule::Add | Rule::Convert => 1,
        Rule::StartsWith => walk(0, TRAVERSAL),
        Rule::Contains => walk(0, TRAVERSAL).saturating_mul(walk(1, TRAVERSAL)),
        Rule::In if matches!(values.get(1), Some(Value::List(_))) => size(1),
        Rule::In => 1,
        Rule::Count => LIST_CALL.saturating_add(whole(values.first())),
        Rule::Copy if is_text(values.first()) => 1,
        Rule::Copy if values.len() == 3 => LIST_CALL.saturating_add(whole(values.get(2)).saturating_sub(whole(values.get(1)))),
        Rule::Copy => LIST_CALL.saturating_add(size(0)),
        Rule::Flatten => {
            let depth = values.get(1).map_or(1, |depth| whole(Some(depth)));
            LIST_CALL.saturating_add(size(0).saturating_mul(depth))
        }
        Rule::Sort => sorting(values.last()),
    }))
}

/// What a call cost beyond what was `paid` before it: its result tells. Whatever is made anew costs in proportion to its
/// size, so that the memory which an expression takes is bounded by its cost.
pub(crate) fn after(function: &Function, result: &Value<'_>, paid: u64) -> u64 {
    let cost = if function.rule == Rule::Join { scale(result.size(), 2.0 * TRAVERSAL) } else { 0 };
    let made = match result {
        Value::String(Text::Shared(text)) if Arc::strong_count(text) == 1 => scale(text.len() as u64, TRAVERSAL),
        Value::Bytes(bytes) if Arc::strong_count(bytes) == 1 => scale(bytes.len() as u64, TRAVERSAL),
        Value::List(list) if list.is_new() => scale(list.len() as u64, 2.0 * TRAVERSAL),
        Value::Map(map) if map.is_new() => map.len() as u64,
        _ => 0,
    };
    cost.max(made.saturating_sub(paid))
}

/// Parts of work that looking at the value takes at most, beside its cost.
fn walked(value: &Value<'_>) -> u64 {
    match value {
        Value::String(Text::Borrowed(text)) => (text.len() as u64) >> 6,
        Value::String(Text::Shared(text)) => (text.len() as u64) >> 6,
        _ => 0,
    }
}

/// The number that `value` is; nothing below zero.
fn whole(value: Option<&Value<'_>>) -> u64 {
    match value {
        Some(Value::Int(number)) => u64::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

/// Comparing each item of a list with each other one.
fn sorting(list: Option<&Value<'_>>) -> u64 {
    let Some(Value::List(list)) = list else { return LIST_CALL };
    let text = if is_text(list.get(0).as_ref()) { TRAVERSAL } else { 0.0 };
    let pairs = (list.len() as u64).saturating_mul(list.len() as u64);
    LIST_CALL.saturating_add((pairs as f64 * (PAIR + text)) as u64)
}

/// `ip()` of a range: nothing is parsed.
const fn is_range(value: Option<&Value<'_>>) -> bool {
    matches!(value, Some(Value::Opaque(_)))
}

const fn is_text(value: Option<&Value<'_>>) -> bool {
    matches!(value, Some(Value::String(_) | Value::Bytes(_)))
}

fn is_conversion(function: &str, value: Option<&Value<'_>>) -> bool {
    matches!((function, value), ("string", Some(Value::Bytes(_))) | ("bytes", Some(Value::String(_))))
}

fn parsing(value: Option<&Value<'_>>) -> u64 {
    match value {
        Some(text @ Value::String(_)) => scale(text.size(), TRAVERSAL),
        _ => 0,
    }
}

fn format_size(value: Option<&Value<'_>>) -> u64 {
    match value {
        Some(Value::Opaque(foreign)) => match &foreign.0 {
            Inner::Format(format) => format.regex_size,
            _ => 1,
        },
        _ => 1,
    }
}

fn traversal(value: &Value<'_>, tools: &mut Tools<'_>) -> Result<u64, EvaluationError> {
    tools.spend(1)?;
    Ok(match value {
        Value::String(text) => (text.len() as f64 * TRAVERSAL) as u64,
        Value::Bytes(bytes) => (bytes.len() as f64 * TRAVERSAL) as u64,
        Value::List(list) => {
            let mut cost = 0_u64;
            for item in list.iter() {
                cost = cost.saturating_add(traversal(&item, tools)?);
            }
            cost
        }
        Value::Map(map) => {
            let mut cost = 0_u64;
            for key in map.keys() {
                cost = cost.saturating_add(traversal(&key.value(), tools)?);
                if let Some(value) = map.get(&key) {
                    cost = cost.saturating_add(traversal(&value, tools)?);
                }
            }
            cost
        }
        _ => 1,
    })
}
