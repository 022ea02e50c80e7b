//! `+ - * / %`: overflow is an error.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::lists::union;
use crate::evaluate::{EvaluationError, Tools};
use crate::types::ListKind;
use crate::value::{List, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// First moment that a timestamp may be: year 1.
const FIRST_SECOND: i64 = -62_135_596_800;

fn int<'a>(value: Option<i64>) -> Outcome<'a> {
    value.map(Value::Int).ok_or(EvaluationError::Overflow)
}

fn uint<'a>(value: Option<u64>) -> Outcome<'a> {
    value.map(Value::Uint).ok_or_else(|| EvaluationError::invalid("unsigned integer overflow"))
}

fn duration<'a>(value: Option<i64>) -> Outcome<'a> {
    value.map(Value::Duration).ok_or_else(|| EvaluationError::invalid("duration overflow"))
}

fn moment<'a>(at: Timestamp, nanos: Option<i64>) -> Outcome<'a> {
    let sum = nanos.and_then(|nanos| at.checked_add(SignedDuration::from_nanos(nanos)).ok());
    let sum = sum.filter(|at| at.as_second() >= FIRST_SECOND);
    sum.map(Value::Timestamp).ok_or_else(|| EvaluationError::invalid("timestamp overflow"))
}

pub(super) fn negate<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Int(value)] => int(value.checked_neg()),
        [Value::Double(value)] => Ok(Value::Double(-value)),
        [Value::Duration(value)] => duration(value.checked_neg()),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn add<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Int(a), Value::Int(b)] => int(a.checked_add(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_add(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a + b)),
        [Value::String(a), Value::String(b)] => {
            Tools::allow_text(a.len() + b.len())?;
            Ok(Value::text([&**a, &**b].concat()))
        }
        [Value::Bytes(a), Value::Bytes(b)] => {
            Tools::allow_text(a.len() + b.len())?;
            Ok(Value::Bytes(Arc::from([&**a, &**b].concat())))
        }
        [Value::List(a), Value::List(b)] if *a.kind() == ListKind::Atomic => Ok(Value::List(List::join(a.clone(), b.clone()))),
        [Value::List(a), Value::List(b)] => union(tools, a, b).map(Value::List),
        [Value::Duration(a), Value::Duration(b)] => duration(a.checked_add(*b)),
        [Value::Timestamp(at), Value::Duration(by)] | [Value::Duration(by), Value::Timestamp(at)] => moment(*at, Some(*by)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn subtract<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Int(a), Value::Int(b)] => int(a.checked_sub(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_sub(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a - b)),
        [Value::Duration(a), Value::Duration(b)] => duration(a.checked_sub(*b)),
        [Value::Timestamp(at), Value::Duration(by)] => moment(*at, by.checked_neg()),
        [Value::Timestamp(a), Value::Timestamp(b)] => duration(i64::try_from(a.as_nanosecond() - b.as_nanosecond()).ok()),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn multiply<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Int(a), Value::Int(b)] => int(a.checked_mul(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_mul(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a * b)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn divide<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Int(_), Value::Int(0)] | [Value::Uint(_), Value::Uint(0)] => Err(EvaluationError::DivisionByZero),
        [Value::Int(a), Value::Int(b)] => int(a.checked_div(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_div(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a / b)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn remainder<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Int(_), Value::Int(0)] | [Value::Uint(_), Value::Uint(0)] => Err(EvaluationError::ModulusByZero),
        [Value::Int(a), Value::Int(b)] => int(a.checked_rem(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_rem(*b)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}
