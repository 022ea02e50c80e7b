//! Base64, and keys of JSON pointers.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::evaluate::{EvaluationError, Tools};
use crate::value::Value;

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

pub(super) fn encode<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Bytes(bytes)] => Ok(Value::text(STANDARD.encode(bytes))),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn decode<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let [Value::String(text)] = values else { return Err(EvaluationError::NoSuchOverload) };
    let bytes = STANDARD.decode(&**text).or_else(|_| STANDARD_NO_PAD.decode(&**text));
    bytes.map(|bytes| Value::Bytes(bytes.into())).map_err(|error| EvaluationError::invalid(error.to_string()))
}

pub(super) fn escape_key<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text)] => Ok(Value::text(text.replace('~', "~0").replace('/', "~1"))),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}
