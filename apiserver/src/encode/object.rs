//! One object in the version of a row.

use bytes::Bytes;
use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use serde_json::Value;

/// Room for a revision and the end of a line.
const BESIDE: usize = 41;

/// The published JSON; the stored bytes with the revision spliced in, unless the row is of another
/// version than the stored one.
pub fn object(kind: &Kind, object: &Object) -> Bytes {
    if kind.conversion.is_none() { object.to_json() } else { Bytes::from(value_of(kind, object).to_string()) }
}

/// The same as a line of its own.
pub fn line(kind: &Kind, object: &Object) -> Bytes {
    let mut out = Vec::with_capacity(object.value.len() + BESIDE);
    match &kind.conversion {
        None => object.write_to(&mut out),
        Some(_) => out.extend_from_slice(value_of(kind, object).to_string().as_bytes()),
    }
    out.push(b'\n');
    Bytes::from(out)
}

/// The published object, parsed.
pub fn value_of(kind: &Kind, object: &Object) -> Value {
    let mut value = object.to_value();
    if let Some(conversion) = &kind.conversion {
        (conversion.from_stored)(&mut value);
    }
    value
}
