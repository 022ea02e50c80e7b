//! Lists, and the text functions that share their names.

use std::cmp::Ordering;

use super::{arithmetic, strings};
use crate::evaluate::{EvaluationError, Tools};
use crate::types::ListKind;
use crate::value::{List, Map, Value, compare, equal};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// Elements that `lists.range` may give.
const MAX_RANGE: i64 = 1_000_000;

fn list<'v, 'a>(values: &'v [Value<'a>]) -> Result<&'v List<'a>, EvaluationError> {
    match values {
        [Value::List(list)] => Ok(list),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn is_sorted<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let mut before: Option<Value<'_>> = None;
    for item in list(values)?.iter() {
        if let Some(before) = &before
            && compare(before, &item).ok_or(EvaluationError::NoSuchOverload)? == Ordering::Greater
        {
            return Ok(Value::Bool(false));
        }
        before = Some(item);
    }
    Ok(Value::Bool(true))
}

pub(super) fn sum<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let mut sum: Option<Value<'a>> = None;
    for item in list(values)?.iter() {
        if !matches!(item, Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::Duration(_)) {
            return Err(EvaluationError::NoSuchOverload);
        }
        sum = Some(match sum {
            None => item,
            Some(sum) => arithmetic::add(tools, &[sum, item])?,
        });
    }
    Ok(sum.unwrap_or(Value::Int(0)))
}

fn extreme<'a>(values: &[Value<'a>], name: &str, wanted: Ordering) -> Outcome<'a> {
    let mut best: Option<Value<'a>> = None;
    for item in list(values)?.iter() {
        let better = match &best {
            None => true,
            Some(best) => compare(&item, best).ok_or(EvaluationError::NoSuchOverload)? == wanted,
        };
        if better {
            best = Some(item);
        }
    }
    best.ok_or_else(|| EvaluationError::invalid(format!("{name} called on empty list")))
}

pub(super) fn min<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    extreme(values, "min", Ordering::Less)
}

pub(super) fn max<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    extreme(values, "max", Ordering::Greater)
}

pub(super) fn index_of<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text), Value::String(part)] => strings::index_of(text, part, 0),
        [Value::String(text), Value::String(part), Value::Int(from)] => strings::index_of(text, part, *from),
        [Value::List(list), wanted] => position(list, wanted, 0..list.len(), tools),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn last_index_of<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text), Value::String(part)] => strings::last_index_of(text, part, None),
        [Value::String(text), Value::String(part), Value::Int(from)] => strings::last_index_of(text, part, Some(*from)),
        [Value::List(list), wanted] => position(list, wanted, (0..list.len()).rev(), tools),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn position<'a>(list: &List<'_>, wanted: &Value<'_>, order: impl Iterator<Item = usize>, tools: &mut Tools<'_>) -> Outcome<'a> {
    for at in order {
        let Some(item) = list.get(at) else { break };
        if equal(&item, wanted, &mut tools.work)? {
            return Ok(Value::Int(i64::try_from(at).unwrap_or(i64::MAX)));
        }
    }
    Ok(Value::Int(-1))
}

fn contains(items: &[Value<'_>], wanted: &Value<'_>, tools: &mut Tools<'_>) -> Result<bool, EvaluationError> {
    for item in items {
        if equal(item, wanted, &mut tools.work)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn distinct<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let mut items = Vec::new();
    for item in list(values)?.iter() {
        if !contains(&items, &item, tools)? {
            items.push(item);
        }
    }
    Ok(Value::List(List::from(items)))
}

pub(super) fn reverse<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let mut items: Vec<Value<'a>> = list(values)?.iter().collect();
    items.reverse();
    Ok(Value::List(List::from(items)))
}

pub(super) fn sort<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let list = list(values)?;
    sorted(list, list)
}

/// What `sortBy` stands for: the list, and the key of each of its items.
pub(super) fn sort_by<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::List(list), Value::List(keys)] if list.len() == keys.len() => sorted(list, keys),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

/// `list` in the order of its `keys`; items of equal keys stay as they are.
fn sorted<'a>(list: &List<'a>, keys: &List<'a>) -> Outcome<'a> {
    let mut items: Vec<(Value<'a>, Value<'a>)> = keys.iter().zip(list.iter()).collect();
    let Some((first, _)) = items.first() else { return Ok(Value::List(list.clone())) };
    if items.iter().any(|(key, _)| compare(key, key).is_none()) {
        return Err(EvaluationError::invalid("list elements must be comparable"));
    }
    if items.iter().any(|(key, _)| key.type_name() != first.type_name()) {
        return Err(EvaluationError::invalid("list elements must have the same type"));
    }
    items.sort_by(|(a, _), (b, _)| compare(a, b).unwrap_or(Ordering::Equal));
    Ok(Value::List(List::from(items.into_iter().map(|(_, item)| item).collect::<Vec<_>>())))
}

pub(super) fn slice<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let [Value::List(list), Value::Int(start), Value::Int(end)] = values else { return Err(EvaluationError::NoSuchOverload) };
    let wrong = |why: &str| EvaluationError::invalid(format!("cannot slice({start}, {end}), {why}"));
    let (Ok(from), Ok(to)) = (usize::try_from(*start), usize::try_from(*end)) else {
        return Err(wrong("negative indexes not supported"));
    };
    if from > to {
        return Err(wrong("start index must be less than or equal to end index"));
    }
    if to > list.len() {
        return Err(wrong(&format!("list is length {}", list.len())));
    }
    Ok(Value::List(List::from((from..to).map_while(|at| list.get(at)).collect::<Vec<_>>())))
}

pub(super) fn flatten<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let (list, depth) = match values {
        [Value::List(list)] => (list, 1),
        [Value::List(list), Value::Int(depth)] => (list, *depth),
        _ => return Err(EvaluationError::NoSuchOverload),
    };
    if depth < 0 {
        return Err(EvaluationError::invalid("level must be non-negative"));
    }
    let mut items = Vec::new();
    flatten_into(&mut items, list, depth, tools)?;
    Ok(Value::List(List::from(items)))
}

fn flatten_into<'a>(
    items: &mut Vec<Value<'a>>,
    list: &List<'a>,
    depth: i64,
    tools: &mut Tools<'_>,
) -> Result<(), EvaluationError> {
    for item in list.iter() {
        tools.spend(1)?;
        match item {
            Value::List(inner) if depth > 0 => flatten_into(items, &inner, depth - 1, tools)?,
            item => items.push(item),
        }
    }
    Ok(())
}

pub(super) fn range<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Int(end)] if *end <= MAX_RANGE => Ok(Value::List(List::from((0..*end).map(Value::Int).collect::<Vec<_>>()))),
        [Value::Int(_)] => Err(EvaluationError::CostLimit),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

/// `+` of lists that are sets, or that have keys: elements of `b` that `a` has replace those of `a`, others are added.
pub(super) fn union<'a>(tools: &mut Tools<'_>, a: &List<'a>, b: &List<'a>) -> Result<List<'a>, EvaluationError> {
    let mut items: Vec<Value<'a>> = a.iter().collect();
    for item in b.iter() {
        let mut place = None;
        for (at, before) in items.iter().enumerate() {
            if same_element(before, &item, a.kind(), tools)? {
                place = Some(at);
                break;
            }
        }
        match place.and_then(|at| items.get_mut(at)) {
            Some(slot) => *slot = item,
            None => items.push(item),
        }
    }
    Ok(List::from(items))
}

fn same_element(a: &Value<'_>, b: &Value<'_>, kind: &ListKind, tools: &mut Tools<'_>) -> Result<bool, EvaluationError> {
    match (kind, a, b) {
        (ListKind::Map(keys), Value::Map(a), Value::Map(b)) => same_keys(a, b, keys, tools),
        _ => equal(a, b, &mut tools.work),
    }
}

fn same_keys(a: &Map<'_>, b: &Map<'_>, keys: &[Box<str>], tools: &mut Tools<'_>) -> Result<bool, EvaluationError> {
    for key in keys {
        let (Some(a), Some(b)) = (a.field(key), b.field(key)) else { return Ok(false) };
        if !equal(&a, &b, &mut tools.work)? {
            return Ok(false);
        }
    }
    Ok(true)
}
