//! Scalars: which token may stand for which, and what it becomes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use crate::go::from_base64;
use crate::quantity::Quantity;
use crate::schema::Scalar;
use crate::time::Form;

/// One scalar of the input.
#[derive(Debug)]
pub(super) enum Token {
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number beyond `i64`.
    Uint(u64),
    /// Another number.
    Float(f64),
    /// Text.
    Text(String),
}

/// Why a token does not fit.
#[derive(Debug)]
pub(super) enum Misfit {
    /// It is of another type; how Go calls the input's.
    Type(String),
    /// Its type is right and its text is not.
    Text(String),
}

impl Token {
    /// How Go's JSON errors call this token.
    pub fn describe(&self) -> String {
        match self {
            Self::Bool(_) => "bool".into(),
            Self::Int(_) | Self::Uint(_) | Self::Float(_) => "number".into(),
            Self::Text(_) => "string".into(),
        }
    }

    /// The value this token has where `scalar` is wanted; null for a time that is none.
    pub fn fit(self, scalar: Scalar) -> Result<Value, Misfit> {
        match (scalar, self) {
            (Scalar::Any | Scalar::Open, token) => Ok(token.into_value()),
            (Scalar::Bool, Self::Bool(flag)) => Ok(flag.into()),
            (Scalar::String | Scalar::IntOrString, Self::Text(text)) => Ok(text.into()),
            (Scalar::Bytes, Self::Text(text)) => bytes(text),
            (Scalar::Time, Self::Text(text)) => time(text, Form::Seconds),
            (Scalar::MicroTime, Self::Text(text)) => time(text, Form::Micros),
            (Scalar::Quantity, token @ (Self::Text(_) | Self::Int(_) | Self::Uint(_) | Self::Float(_))) => {
                quantity(&token.into_value())
            }
            (Scalar::Int64, Self::Int(number)) => Ok(number.into()),
            (Scalar::Int32 | Scalar::IntOrString, Self::Int(number)) => {
                i32::try_from(number).map(Value::from).map_err(|_| Misfit::Type(format!("number {number}")))
            }
            (Scalar::Int32 | Scalar::Int64 | Scalar::IntOrString, token @ (Self::Uint(_) | Self::Float(_))) => {
                Err(Misfit::Type(format!("number {}", token.into_value())))
            }
            (Scalar::Number, token @ (Self::Int(_) | Self::Uint(_) | Self::Float(_))) => Ok(token.into_value()),
            (_, token) => Err(Misfit::Type(token.describe())),
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Bool(flag) => flag.into(),
            Self::Int(number) => number.into(),
            Self::Uint(number) => number.into(),
            Self::Float(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
            Self::Text(text) => text.into(),
        }
    }
}

/// Whether `value` stays as it is where `scalar` is wanted.
pub(super) fn is_kept(scalar: Scalar, value: &Value) -> bool {
    match (scalar, value) {
        (Scalar::Any | Scalar::Open, _)
        | (Scalar::Bool, Value::Bool(_))
        | (Scalar::String | Scalar::IntOrString, Value::String(_)) => true,
        (Scalar::Int64, Value::Number(number)) => number.is_i64(),
        (Scalar::Int32 | Scalar::IntOrString, Value::Number(number)) => {
            number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
        }
        (Scalar::Number, Value::Number(_)) => true,
        (Scalar::Quantity, Value::String(text)) => {
            Quantity::from_value(value).is_ok_and(|quantity| quantity.to_string() == *text)
        }
        (Scalar::Bytes, Value::String(text)) => STANDARD.decode(text).is_ok(),
        (Scalar::Time, Value::String(text)) => Form::Seconds.is_canonical(text),
        (Scalar::MicroTime, Value::String(text)) => Form::Micros.is_canonical(text),
        _ => false,
    }
}

/// What Go's zero value of `scalar` is in JSON: what null stands for inside lists and maps.
pub(super) fn zero(scalar: Scalar) -> Value {
    match scalar {
        Scalar::String | Scalar::Bytes => "".into(),
        Scalar::Int32 | Scalar::Int64 | Scalar::Number | Scalar::IntOrString => 0.into(),
        Scalar::Bool => false.into(),
        Scalar::Quantity => "0".into(),
        Scalar::Time | Scalar::MicroTime | Scalar::Any | Scalar::Open => Value::Null,
    }
}

/// Base64 is kept in one line, as Go writes it.
fn bytes(text: String) -> Result<Value, Misfit> {
    if STANDARD.decode(&text).is_ok() {
        return Ok(text.into());
    }
    from_base64(&text).map(|bytes| STANDARD.encode(bytes).into()).map_err(Misfit::Text)
}

/// Quantities are kept in their canonical form.
fn quantity(value: &Value) -> Result<Value, Misfit> {
    let pattern = "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    let parsed = Quantity::from_value(value);
    parsed
        .map(|quantity| quantity.to_string().into())
        .map_err(|_| Misfit::Text(format!("quantities must match the regular expression {pattern}")))
}

/// Times are kept in their canonical form; null for the time that is none.
fn time(text: String, form: Form) -> Result<Value, Misfit> {
    if form.is_canonical(&text) {
        return Ok(text.into());
    }
    form.read(&text).map(|time| form.write(time).into()).map_err(Misfit::Text)
}
