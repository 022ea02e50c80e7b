//! What the scale subresource of a custom kind needs of its objects.

use kontiki_api::go::printed;
use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::kind::{FieldError, Kind};
use serde_json::Value;

/// Faults of the fields of `object` that its scale is made of, in upstream's words; of its status alone where `status_only`.
pub(crate) fn scale_faults(kind: &Kind, object: &Value, status_only: bool) -> Vec<FieldError> {
    let Some(paths) = kind.custom.as_ref().and_then(|custom| custom.version().scale.as_ref()) else { return Vec::new() };
    let mut faults = Faults::default();
    if !status_only {
        check_number(object, &paths.spec, &mut faults);
    }
    check_number(object, &paths.status, &mut faults);
    if let Some(selector) = &paths.selector
        && let Err(why) = read(object, selector, "string", Value::is_string)
    {
        faults.invalid_shown(&Path::new(&dotted(selector)), "\"\"".into(), why);
    }
    faults.into_errors()
}

fn check_number(object: &Value, pointer: &str, faults: &mut Faults) {
    let path = dotted(pointer);
    let path = Path::new(&path);
    match read(object, pointer, "int64", Value::is_i64).map(|found| found.and_then(Value::as_i64).unwrap_or_default()) {
        Err(why) => faults.invalid_shown(&path, "0".into(), why),
        Ok(number) if number < 0 => faults.invalid(&path, &number.into(), "should be a non-negative integer"),
        Ok(number) if number > i32::MAX.into() => {
            faults.invalid(&path, &number.into(), format!("should be less than or equal to {}", i32::MAX));
        }
        Ok(_) => {}
    }
}

/// What is at `pointer`, where that is anything.
///
/// # Errors
/// Where it, or what it is in, is of another type.
fn read<'a>(object: &'a Value, pointer: &str, wanted: &str, fits: fn(&Value) -> bool) -> Result<Option<&'a Value>, String> {
    let mut found = object;
    for (at, _) in pointer.match_indices('/') {
        let name = pointer.get(at + 1..).and_then(|behind| behind.split('/').next()).unwrap_or_default();
        found = match found {
            Value::Object(map) => match map.get(name) {
                Some(value) => value,
                None => return Ok(None),
            },
            Value::Null => return Ok(None),
            other => {
                let until = pointer.get(..at + 1 + name.len()).unwrap_or(pointer);
                return Err(mistyped(until, other, "map[string]interface{}"));
            }
        };
    }
    if fits(found) { Ok(Some(found)) } else { Err(mistyped(pointer, found, wanted)) }
}

fn mistyped(pointer: &str, found: &Value, wanted: &str) -> String {
    let is = match found {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    format!("{} accessor error: {} is of the type {is}, expected {wanted}", dotted(pointer), printed(found))
}

/// `pointer` as the definition writes it.
fn dotted(pointer: &str) -> String {
    pointer.replace('/', ".")
}
