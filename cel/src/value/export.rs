//! Values as JSON.

use base64::Engine;
use serde_json::{Map as JsonMap, Value as Json};

use super::{Key, Value};
use crate::evaluate::EvaluationError;
use crate::library::{format_duration, format_timestamp};

/// Parts that a result may have.
const MAX_PARTS: u64 = 1_000_000;

impl Value<'_> {
    /// The value as JSON. Fails on what JSON has no form for, and on results of more than a million parts.
    pub fn to_json(&self) -> Result<Json, EvaluationError> {
        export(self, &mut { MAX_PARTS })
    }
}

fn export(value: &Value<'_>, parts: &mut u64) -> Result<Json, EvaluationError> {
    *parts = parts.checked_sub(1).ok_or(EvaluationError::CostLimit)?;
    Ok(match value {
        Value::Null | Value::Optional(None) => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => (*value).into(),
        Value::Uint(value) => (*value).into(),
        Value::Double(value) => (*value).into(),
        Value::String(text) => Json::String(text.to_string()),
        Value::Bytes(bytes) => Json::String(base64::engine::general_purpose::STANDARD.encode(bytes)),
        Value::Timestamp(at) => Json::String(format_timestamp(*at)),
        Value::Duration(nanos) => Json::String(format_duration(*nanos)),
        Value::Optional(Some(value)) => export(value, parts)?,
        Value::List(list) => Json::Array(list.iter().map(|item| export(&item, parts)).collect::<Result<_, _>>()?),
        Value::Map(map) => {
            let mut object = JsonMap::new();
            for key in map.keys() {
                let Some(value) = map.get(&key) else { continue };
                object.insert(name(&key), export(&value, parts)?);
            }
            Json::Object(object)
        }
        Value::Misfit(why) => return Err(EvaluationError::invalid(*why)),
        Value::Type(_) | Value::Opaque(_) => {
            return Err(EvaluationError::invalid(format!("a value of type {} has no JSON form", value.type_name())));
        }
    })
}

fn name(key: &Key<'_>) -> String {
    match key {
        Key::Bool(value) => value.to_string(),
        Key::Int(value) => value.to_string(),
        Key::Uint(value) => value.to_string(),
        Key::String(text) => text.to_string(),
    }
}
