//! The bounds of one value.

use serde_json::{Map, Value};

use super::format::has_format;
use super::number::shown;
use super::{join, value};
use crate::custom::structural::model::{Limits, Structural};
use crate::kind::validate::{Faults, Path};

/// Checks the bounds of `value`; it is of the right type. The root has no path.
pub(super) fn check(schema: &Structural, value: &Value, path: Option<&Path<'_>>, faults: &mut Faults) {
    if let Value::Object(map) = value {
        for name in schema.required.iter().filter(|name| !map.contains_key(&***name)) {
            faults.required(&join::at(path, name), "");
        }
    }
    let Some(limits) = &schema.limits else { return };
    if let Some(path) = path {
        match value {
            Value::Object(map) => object(limits, map, path, faults),
            Value::String(text) => string(limits, text, path, faults),
            Value::Array(items) => list(limits, items.len() as u64, path, faults),
            Value::Number(_) => number(limits, value, path, faults),
            _ => {}
        }
        allowed(schema, value, path, faults);
    }
    junctors(limits, value, path, faults);
}

/// Checks that `value` is one of those that are listed, where any are.
pub(super) fn allowed(schema: &Structural, value: &Value, path: &Path<'_>, faults: &mut Faults) {
    let Some(limits) = schema.limits.as_ref().filter(|limits| !limits.allowed.is_empty()) else { return };
    if !limits.allowed.contains(value) {
        let shown = limits.allowed.iter().map(|allowed| allowed.as_str().map_or_else(|| allowed.to_string(), str::to_owned));
        faults.unsupported_value(path, value, shown);
    }
}

fn object(limits: &Limits, map: &Map<String, Value>, path: &Path<'_>, faults: &mut Faults) {
    let count = map.len() as u64;
    if let Some(least) = limits.properties.0.filter(|least| count < *least) {
        faults.invalid(path, &count.into(), format!("{path} in body should have at least {least} properties"));
    }
    if let Some(most) = limits.properties.1.filter(|most| count > *most) {
        faults.too_many(path, count, most);
    }
}

fn list(limits: &Limits, count: u64, path: &Path<'_>, faults: &mut Faults) {
    if let Some(least) = limits.items.0.filter(|least| count < *least) {
        faults.invalid(path, &count.into(), format!("{path} in body should have at least {least} items"));
    }
    if let Some(most) = limits.items.1.filter(|most| count > *most) {
        faults.too_many(path, count, most);
    }
}

fn string(limits: &Limits, text: &str, path: &Path<'_>, faults: &mut Faults) {
    let length = text.chars().count() as u64;
    if let Some(most) = limits.length.1.filter(|most| length > *most) {
        faults.too_long(path, usize::try_from(most).unwrap_or(usize::MAX));
    }
    if let Some(least) = limits.length.0.filter(|least| length < *least) {
        faults.invalid_text(path, text, format!("{path} in body should be at least {least} chars long"));
    }
    match &limits.pattern {
        Some(pattern) if pattern.is_too_much(text) => {
            faults.invalid_text(path, text, format!("{path} in body is too long to be matched with '{}'", pattern.text));
        }
        Some(pattern) if !pattern.matches(text) => {
            faults.invalid_text(path, text, format!("{path} in body should match '{}'", pattern.text));
        }
        _ => {}
    }
    if let Some(format) = limits.format.as_ref().filter(|format| !has_format(format, text)) {
        faults.wrong_type(path, text, format!("{path} in body must be of type {format}: {text:?}"));
    }
}

fn number(limits: &Limits, value: &Value, path: &Path<'_>, faults: &mut Faults) {
    let number = value.as_f64().unwrap_or_default();
    if let Some((most, excluded)) = limits.maximum.filter(|(most, excluded)| number > *most || *excluded && number >= *most) {
        let relation = if excluded { "less than" } else { "less than or equal to" };
        faults.invalid(path, value, format!("{path} in body should be {relation} {}", shown(most)));
    }
    if let Some((least, excluded)) = limits.minimum.filter(|(least, excluded)| number < *least || *excluded && number <= *least) {
        let relation = if excluded { "greater than" } else { "greater than or equal to" };
        faults.invalid(path, value, format!("{path} in body should be {relation} {}", shown(least)));
    }
    if let Some(factor) = limits.multiple_of.filter(|factor| *factor > 0.0 && (number / factor).fract().abs() > 1e-9) {
        faults.invalid(path, value, format!("{path} in body should be a multiple of {}", shown(factor)));
    }
}

fn junctors(limits: &Limits, value: &Value, path: Option<&Path<'_>>, faults: &mut Faults) {
    let subject = path.map(ToString::to_string).unwrap_or_default();
    let failures = |schemas: &[Structural]| -> Vec<Faults> { schemas.iter().map(|schema| judged(schema, value, path)).collect() };
    if !limits.any_of.is_empty() {
        let judged = failures(&limits.any_of);
        if judged.iter().all(|faults| !faults.is_empty()) {
            faults.nowhere(format!("{subject:?} must validate at least one schema (anyOf)"));
            faults.extend(judged.into_iter().min_by_key(Faults::len).unwrap_or_default());
        }
    }
    if !limits.one_of.is_empty() {
        let judged = failures(&limits.one_of);
        let valid = judged.iter().filter(|faults| faults.is_empty()).count();
        if valid != 1 {
            let found = if valid == 0 { "Found none valid".to_owned() } else { format!("Found {valid} valid alternatives") };
            faults.nowhere(format!("{subject:?} must validate one and only one schema (oneOf). {found}"));
            if valid == 0 {
                faults.extend(judged.into_iter().min_by_key(Faults::len).unwrap_or_default());
            }
        }
    }
    let failed: Vec<Faults> = failures(&limits.all_of).into_iter().filter(|faults| !faults.is_empty()).collect();
    if !failed.is_empty() {
        let none = if failed.len() == limits.all_of.len() { ". None validated" } else { "" };
        faults.nowhere(format!("{subject:?} must validate all the schemas (allOf){none}"));
        failed.into_iter().for_each(|found| faults.extend(found));
    }
    if let Some(not) = &limits.not
        && judged(not, value, path).is_empty()
    {
        faults.nowhere(format!("{subject:?} must not validate the schema (not)"));
    }
}

/// The faults of `value` by `schema` alone.
fn judged(schema: &Structural, value: &Value, path: Option<&Path<'_>>) -> Faults {
    let mut faults = Faults::default();
    match path {
        Some(path) => value::check(schema, value, None, path, &mut faults),
        None => value::root(schema, value, None, &mut faults),
    }
    faults
}
