//! Keys of JSON pointers.

use crate::evaluate::{EvaluationError, Tools};
use crate::value::Value;

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

pub(super) fn escape_key<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text)] => Ok(Value::text(text.replace('~', "~0").replace('/', "~1"))),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}
