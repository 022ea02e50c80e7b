//! What the steps of a path come to.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::Left;
use super::steps::Step;

/// Values that were found, some of them written in the path itself.
pub(super) type Found<'a> = Vec<Cow<'a, Value>>;

/// What `steps` find from `here`; as client-go, which lacks no field but every element.
///
/// # Errors
/// What of a value does not fit its step.
pub(super) fn walk<'a>(steps: &[Step], here: &Cow<'a, Value>, left: &Left) -> Result<Found<'a>, String> {
    let mut found = vec![here.clone()];
    for step in steps {
        let mut next = Vec::new();
        for value in found {
            if left.is_none() {
                break;
            }
            next.extend(left.of(take(step, value, left)?));
        }
        found = next;
    }
    Ok(found)
}

fn take<'a>(step: &Step, value: Cow<'a, Value>, left: &Left) -> Result<Found<'a>, String> {
    let literal = |value: Value| Ok(vec![Cow::Owned(value)]);
    match step {
        Step::Text(text) => return literal(text.as_str().into()),
        Step::Int(number) => return literal((*number).into()),
        Step::Float(number) => return literal((*number).into()),
        Step::Bool(is) => return literal((*is).into()),
        Step::Word(word) => return Err(format!("unrecognized identifier {word}")),
        Step::Union(paths) => {
            let found: Result<Vec<_>, String> = paths.iter().map(|path| walk(path, &value, left)).collect();
            return found.map(|found| found.into_iter().flatten().collect());
        }
        _ => {}
    }
    // What is written in a path is a single value, which has nothing inside.
    let value = match value {
        Cow::Borrowed(value) => value,
        Cow::Owned(value) => match step {
            Step::Index(_) | Step::Slice(_) | Step::Filter(..) => return Err(format!("{value} is not array or slice")),
            _ => return Ok(Vec::new()),
        },
    };
    match step {
        Step::Field(name) => Ok(value.get(name).map(Cow::Borrowed).into_iter().collect()),
        Step::Any => Ok(children(value).into_iter().map(Cow::Borrowed).collect()),
        Step::Deep => {
            let mut found = Vec::new();
            descend(value, left, &mut found);
            Ok(found)
        }
        Step::Filter(path, test) => filtered(path, test.as_ref(), value, left),
        Step::Index(at) => match value {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => element(items, *at).map(|item| vec![Cow::Borrowed(item)]),
            _ => Err(format!("{value} is not array or slice")),
        },
        Step::Slice(range) => match value {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => Ok(slice(items, *range)?.into_iter().map(Cow::Borrowed).collect()),
            _ => Err(format!("{value} is not array or slice")),
        },
        _ => Ok(Vec::new()),
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

/// Finds every value that has others inside, itself first.
fn descend<'a>(value: &'a Value, left: &Left, found: &mut Found<'a>) {
    let children = children(value);
    if !children.is_empty() {
        found.push(Cow::Borrowed(value));
    }
    for child in children {
        if !left.look() {
            return;
        }
        descend(child, left, found);
    }
}

fn outside(at: i64, length: i64) -> String {
    format!("array index out of bounds: index {at}, length {length}")
}

fn element(items: &[Value], at: i64) -> Result<&Value, String> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let at = if at < 0 { at.saturating_add(length) } else { at };
    usize::try_from(at).ok().and_then(|at| items.get(at)).ok_or_else(|| outside(at, length))
}

fn slice(items: &[Value], [from, to, pace]: [Option<i64>; 3]) -> Result<Vec<&Value>, String> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let behind = |at: i64| if at < 0 { at.saturating_add(length) } else { at };
    let (from, to) = (behind(from.unwrap_or(0)), behind(to.unwrap_or(length)));
    if from == to {
        return Ok(Vec::new());
    }
    if !(0..length).contains(&from) {
        return Err(outside(from, length));
    }
    if !(0..=length).contains(&to) {
        return Err(outside(to.saturating_sub(1), length));
    }
    if from > to {
        return Err(format!("starting index {from} is greater than ending index {to}"));
    }
    let pace = usize::try_from(pace.unwrap_or(1)).ok().filter(|pace| *pace > 0).ok_or("step must be > 0")?;
    let place = |at: i64| usize::try_from(at).unwrap_or_default();
    Ok(items.get(place(from)..place(to)).unwrap_or_default().iter().step_by(pace).collect())
}

fn filtered<'a>(path: &[Step], test: Option<&(String, Vec<Step>)>, value: &'a Value, left: &Left) -> Result<Found<'a>, String> {
    let Value::Array(items) = value else { return Err(format!("{value} is not array or slice and cannot be filtered")) };
    let mut kept = Vec::new();
    for item in items.iter().take_while(|_| left.look()) {
        let item = Cow::Borrowed(item);
        let found = walk(path, &item, left);
        let holds = match test {
            // To upstream a path that fails is one that is there.
            None => found.map_or(true, |found| !found.is_empty()),
            Some((operator, right)) => match (single(&found?)?, single(&walk(right, &item, left)?)?) {
                (Some(one), Some(other)) => compared(operator, one, other)?,
                _ => false,
            },
        };
        if holds {
            kept.push(item);
        }
    }
    Ok(kept)
}

fn single<'a>(found: &'a Found<'_>) -> Result<Option<&'a Value>, String> {
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err("can only compare one element at a time".into()),
    }
}

fn compared(operator: &str, one: &Value, other: &Value) -> Result<bool, String> {
    let order = order(one, other)?;
    let equal = order == Some(Ordering::Equal);
    match (operator, one) {
        ("==", _) => Ok(equal),
        ("!=", _) => Ok(!equal),
        ("<" | "<=" | ">" | ">=", Value::Bool(_)) => Err("invalid type for comparison".into()),
        ("<", _) => Ok(order == Some(Ordering::Less)),
        ("<=", _) => Ok(equal || order == Some(Ordering::Less)),
        (">", _) => Ok(order == Some(Ordering::Greater)),
        (">=", _) => Ok(equal || order == Some(Ordering::Greater)),
        _ => Err(format!("unrecognized filter operator {operator}")),
    }
}

/// How two values of one type stand to each other: integers and others are of two.
fn order(one: &Value, other: &Value) -> Result<Option<Ordering>, String> {
    let unlike = || Err("incompatible types for comparison".into());
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => Ok(Some(one.cmp(other))),
        (Value::String(one), Value::String(other)) => Ok(Some(one.cmp(other))),
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => Ok(Some(one.cmp(&other))),
            (None, None) => Ok(one.as_f64().zip(other.as_f64()).and_then(|(one, other)| one.partial_cmp(&other))),
            _ => unlike(),
        },
        (Value::Null | Value::Array(_) | Value::Object(_), _) | (_, Value::Null | Value::Array(_) | Value::Object(_)) => {
            Err("invalid type for comparison".into())
        }
        _ => unlike(),
    }
}

/// A value as upstream prints it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Bool(is) => is.to_string(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number_shown(number),
        Value::Null => "null".into(),
        other => crate::go::json(&crate::go::sorted(other), usize::MAX),
    }
}

fn number_shown(number: &Number) -> String {
    number.as_i64().map_or_else(|| crate::go::number(number.as_f64().unwrap_or_default()), |number| number.to_string())
}
