use std::cmp::Ordering;

use super::value::Inner;
use super::{Foreign, List, Map, Value, compare};
use crate::evaluate::EvaluationError;
use crate::types::ListKind;

/// Whether two values are equal. Values of different types are not, numbers by what they stand for. `work` is how many parts
/// may still be compared: values that share parts may be far larger than the memory they take.
pub(crate) fn equal(a: &Value<'_>, b: &Value<'_>, work: &mut u64) -> Result<bool, EvaluationError> {
    *work = work.checked_sub(1).ok_or(EvaluationError::CostLimit)?;
    match (a, b) {
        (Value::Null, Value::Null) | (Value::Optional(None), Value::Optional(None)) => Ok(true),
        (Value::List(a), Value::List(b)) => lists(a, b, work),
        (Value::Map(a), Value::Map(b)) => maps(a, b, work),
        (Value::Type(a), Value::Type(b)) => Ok(a == b),
        (Value::Optional(Some(a)), Value::Optional(Some(b))) => equal(a, b, work),
        (Value::Opaque(a), Value::Opaque(b)) => Ok(foreign(a, b)),
        _ => Ok(compare(a, b) == Some(Ordering::Equal)),
    }
}

fn lists(a: &List<'_>, b: &List<'_>, work: &mut u64) -> Result<bool, EvaluationError> {
    if a.len() != b.len() {
        return Ok(false);
    }
    match (a.kind(), b.kind()) {
        (ListKind::Set, ListKind::Set) => unordered(a, b, work, &|_, _, _| Ok(true)),
        (ListKind::Map(keys), ListKind::Map(_)) => unordered(a, b, work, &|a, b, work| same_keys(a, b, keys, work)),
        _ => {
            for (a, b) in a.iter().zip(b.iter()) {
                if !equal(&a, &b, work)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

type Candidate<'c> = &'c dyn Fn(&Value<'_>, &Value<'_>, &mut u64) -> Result<bool, EvaluationError>;

fn unordered(a: &List<'_>, b: &List<'_>, work: &mut u64, candidate: Candidate<'_>) -> Result<bool, EvaluationError> {
    let others: Vec<Value<'_>> = b.iter().collect();
    for a in a.iter() {
        let mut found = false;
        for b in &others {
            *work = work.checked_sub(1).ok_or(EvaluationError::CostLimit)?;
            if candidate(&a, b, work)? && equal(&a, b, work)? {
                found = true;
                break;
            }
        }
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether two elements of a list of objects are told apart by none of `keys`.
fn same_keys(a: &Value<'_>, b: &Value<'_>, keys: &[Box<str>], work: &mut u64) -> Result<bool, EvaluationError> {
    let (Value::Map(a), Value::Map(b)) = (a, b) else { return Ok(false) };
    for key in keys {
        let same = match (a.field(key), b.field(key)) {
            (Some(a), Some(b)) => equal(&a, &b, work)?,
            (None, None) => true,
            _ => false,
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

fn maps(a: &Map<'_>, b: &Map<'_>, work: &mut u64) -> Result<bool, EvaluationError> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for key in a.keys() {
        let (Some(a), Some(b)) = (a.get(&key), b.get(&key)) else { return Ok(false) };
        if !equal(&a, &b, work)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn foreign(a: &Foreign<'_>, b: &Foreign<'_>) -> bool {
    match (&a.0, &b.0) {
        (Inner::Url(a), Inner::Url(b)) => a == b,
        (Inner::Ip(a), Inner::Ip(b)) => a == b,
        (Inner::Cidr(a), Inner::Cidr(b)) => a == b,
        (Inner::Quantity(a), Inner::Quantity(b)) => a == b,
        (Inner::Semver(a), Inner::Semver(b)) => a.compare(b) == Ordering::Equal,
        (Inner::Format(a), Inner::Format(b)) => std::ptr::eq(*a, *b),
        (Inner::Authz(a), Inner::Authz(b)) => std::sync::Arc::ptr_eq(a, b),
        _ => false,
    }
}
