//! Conversions between types; `size`, `type`, `dyn`.

use std::sync::Arc;

use jiff::Timestamp;

use super::number_text::double_text;
use super::{format_duration, format_timestamp, parse_duration, parse_timestamp};
use crate::evaluate::{EvaluationError, Tools};
use crate::value::{Inner, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

fn range<'a>() -> Outcome<'a> {
    Err(EvaluationError::Overflow)
}

fn range_unsigned<'a>() -> Outcome<'a> {
    Err(EvaluationError::invalid("unsigned integer overflow"))
}

fn conversion<'a>(from: &Value<'_>, to: &str) -> Outcome<'a> {
    Err(EvaluationError::invalid(format!("type conversion error from '{}' to '{to}'", from.type_name())))
}

pub(super) fn size<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [value @ (Value::String(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_))] => {
            Ok(Value::Int(i64::try_from(value.size()).unwrap_or(i64::MAX)))
        }
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn type_of<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    values.first().map(|value| Value::Type(value.type_name())).ok_or(EvaluationError::NoSuchOverload)
}

pub(super) fn same<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    values.first().cloned().ok_or(EvaluationError::NoSuchOverload)
}

pub(super) fn bool<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Bool(value)] => Ok(Value::Bool(*value)),
        [value @ Value::String(text)] => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
            _ => conversion(value, "bool"),
        },
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn int<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Int(value)] => Ok(Value::Int(*value)),
        [Value::Uint(value)] => i64::try_from(*value).map_or_else(|_| range(), |value| Ok(Value::Int(value))),
        [Value::Double(value)] if *value > -9_223_372_036_854_775_808.0 && *value < 9_223_372_036_854_775_808.0 => {
            Ok(Value::Int(*value as i64))
        }
        [Value::Double(_)] => range(),
        [value @ Value::String(text)] => text.parse().map_or_else(|_| conversion(value, "int"), |value| Ok(Value::Int(value))),
        [Value::Timestamp(at)] => Ok(Value::Int(at.as_second() - i64::from(at.subsec_nanosecond() < 0))),
        [Value::Duration(nanos)] => Ok(Value::Int(*nanos)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn uint<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Uint(value)] => Ok(Value::Uint(*value)),
        [Value::Int(value)] => u64::try_from(*value).map_or_else(|_| range_unsigned(), |value| Ok(Value::Uint(value))),
        [Value::Double(value)] if *value >= 0.0 && *value < 18_446_744_073_709_551_616.0 => Ok(Value::Uint(*value as u64)),
        [Value::Double(_)] => range_unsigned(),
        [value @ Value::String(text)] => text.parse().map_or_else(|_| conversion(value, "uint"), |value| Ok(Value::Uint(value))),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn double<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Double(value)] => Ok(Value::Double(*value)),
        [Value::Int(value)] => Ok(Value::Double(*value as f64)),
        [Value::Uint(value)] => Ok(Value::Double(*value as f64)),
        [value @ Value::String(text)] => {
            text.parse().map_or_else(|_| conversion(value, "double"), |value| Ok(Value::Double(value)))
        }
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn string<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::text(match values {
        [text @ Value::String(_)] => return Ok(text.clone()),
        [Value::Bool(value)] => value.to_string(),
        [Value::Int(value)] => value.to_string(),
        [Value::Uint(value)] => value.to_string(),
        [Value::Double(value)] => double_text(*value),
        [Value::Bytes(bytes)] => String::from_utf8(bytes.to_vec())
            .map_err(|_| EvaluationError::invalid("invalid UTF-8 in bytes, cannot convert to string"))?,
        [Value::Timestamp(at)] => format_timestamp(*at),
        [Value::Duration(nanos)] => format_duration(*nanos),
        [Value::Opaque(foreign)] => match &foreign.0 {
            Inner::Ip(address) => address.to_string(),
            Inner::Cidr(cidr) => cidr.to_string(),
            _ => return Err(EvaluationError::NoSuchOverload),
        },
        _ => return Err(EvaluationError::NoSuchOverload),
    }))
}

pub(super) fn bytes<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [bytes @ Value::Bytes(_)] => Ok(bytes.clone()),
        [Value::String(text)] => Ok(Value::Bytes(Arc::from(text.as_bytes()))),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn timestamp<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Timestamp(at)] => Ok(Value::Timestamp(*at)),
        [Value::Int(seconds)] => Timestamp::from_second(*seconds).map_or_else(|_| range(), |at| Ok(Value::Timestamp(at))),
        [Value::String(text)] => {
            let fault = || EvaluationError::invalid(format!("invalid RFC 3339 timestamp {:?}", &**text));
            parse_timestamp(text).map(Value::Timestamp).ok_or_else(fault)
        }
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn duration<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Duration(nanos) | Value::Int(nanos)] => Ok(Value::Duration(*nanos)),
        [value @ Value::String(text)] => {
            parse_duration(text).map_or_else(|| conversion(value, "google.protobuf.Duration"), |nanos| Ok(Value::Duration(nanos)))
        }
        _ => Err(EvaluationError::NoSuchOverload),
    }
}
