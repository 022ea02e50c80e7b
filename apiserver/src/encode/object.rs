//! One object in the version of a row.

use bytes::Bytes;
use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use serde_json::Value;

/// The published JSON; the stored bytes with the revision spliced in, unless the row is of another
/// version than the stored one.
pub fn object(kind: &Kind, object: &Object) -> Bytes {
    if kind.conversion.is_none() { object.to_json() } else { Bytes::from(value_of(kind, object).to_string()) }
}

/// The published object, parsed.
pub fn value_of(kind: &Kind, object: &Object) -> Value {
    let mut value = object.to_value();
    if let Some(conversion) = &kind.conversion {
        (conversion.from_stored)(&mut value);
    }
    value
}
