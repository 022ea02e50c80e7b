//! Scalars, and the messages that JSON writes as one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::decoder::{MAGIC, unknown};
use super::room::Room;
use super::wire::{Wire, WireError, find};
use crate::schema::Scalar;
use crate::time::Time;

/// The JSON of `wire` where `scalar` is wanted; null for a time that is none.
pub(super) fn value(scalar: Scalar, wire: Wire<'_>, room: Room<'_>) -> Result<Value, WireError> {
    match scalar {
        Scalar::String => Ok(wire.text()?.into()),
        Scalar::Bytes => Ok(STANDARD.encode(wire.bytes()?).into()),
        Scalar::Int32 | Scalar::Int64 => Ok(wire.int()?.into()),
        Scalar::Bool => Ok((wire.int()? != 0).into()),
        Scalar::Number => number(wire),
        Scalar::Quantity => quantity(wire.bytes()?),
        Scalar::IntOrString => int_or_string(wire.bytes()?),
        Scalar::Time => time(wire.bytes()?, Time::seconds),
        Scalar::MicroTime => time(wire.bytes()?, Time::micros),
        Scalar::Any | Scalar::Open => raw(wire.bytes()?, room),
    }
}

fn number(wire: Wire<'_>) -> Result<Value, WireError> {
    match wire {
        Wire::Fixed64(bits) => Ok(plain(f64::from_bits(bits))),
        Wire::Fixed32(bits) => Ok(plain(f64::from(f32::from_bits(bits)))),
        Wire::Varint(_) | Wire::Bytes(_) => Err(WireError::Mismatch),
    }
}

/// `{string = 1}`; nothing is zero.
fn quantity(message: &[u8]) -> Result<Value, WireError> {
    let text = find(message, 1)?.map(Wire::text).transpose()?.unwrap_or_default();
    Ok(if text.is_empty() { "0".into() } else { text.into() })
}

/// `{type = 1, intVal = 2, strVal = 3}`; type 1 is text.
fn int_or_string(message: &[u8]) -> Result<Value, WireError> {
    if find(message, 1)?.map(Wire::int).transpose()?.unwrap_or_default() == 1 {
        return Ok(find(message, 3)?.map(Wire::text).transpose()?.unwrap_or_default().into());
    }
    Ok(find(message, 2)?.map(Wire::int).transpose()?.unwrap_or_default().into())
}

/// `{seconds = 1, nanos = 2}`; nothing is no time.
fn time(message: &[u8], write: fn(Time) -> String) -> Result<Value, WireError> {
    let part = |tag| Ok(find(message, tag)?.map(Wire::int).transpose()?.unwrap_or_default());
    let (seconds, nanos): (i64, i64) = (part(1)?, part(2)?);
    if seconds == 0 && nanos == 0 {
        return Ok(Value::Null);
    }
    Ok(write(Time::from_micros(seconds.saturating_mul(1_000_000).saturating_add(nanos / 1000))).into())
}

/// `{raw = 1}`: JSON, or an envelope like that of a body.
fn raw(message: &[u8], room: Room<'_>) -> Result<Value, WireError> {
    let bytes = find(message, 1)?.map(Wire::bytes).transpose()?.unwrap_or_default();
    match bytes.strip_prefix(MAGIC) {
        _ if bytes.is_empty() => Ok(Value::Null),
        Some(envelope) => unknown(envelope, None, room.inner()).map(|found| found.unwrap_or_default()),
        None => {
            room.spend(bytes.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count())?;
            serde_json::from_slice(bytes).map_err(|_| WireError::Json)
        }
    }
}

/// A whole number is written as one, as Go does.
fn plain(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT { (number as i64).into() } else { number.into() }
}
