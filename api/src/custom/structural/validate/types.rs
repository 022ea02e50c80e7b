//! The type of one value.

use serde_json::{Number, Value};

use super::verdict::Verdict;
use crate::custom::structural::model::{Structural, Type};
use crate::kind::validate::Path;

/// Checks that `value`, which is not null, is of the type of `schema`.
pub(super) fn check(schema: &Structural, value: &Value, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    let (wanted, format) = (names(schema, out.lax), schema.format());
    if wanted.is_empty() && format.is_none() {
        return;
    }
    out.matches += 1;
    let found = type_name(value);
    let whole = wanted.contains(&"integer");
    let fits = wanted.contains(&found)
        || whole && value.as_number().is_some_and(|number| matches!(Numeric::of(number), Numeric::Float(it) if is_whole(it)))
        || wanted.contains(&"number") && found == "integer";
    let textual = value.is_string() || value.is_array();
    match format {
        Some(format) if !textual && !fits => return out.wrong_type(path, format, format_of(value)),
        // What is no text is left to its format, which looks at texts alone.
        Some(_) if textual && !whole && !wanted.contains(&"number") => {}
        _ if fits => {}
        _ => return out.wrong_type(path, &wanted.join(","), found),
    }
    out.matches += 1;
}

/// Checks that `schema` takes a null.
pub(super) fn check_null(schema: &Structural, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    let wanted = names(schema, out.lax);
    if wanted.is_empty() || schema.nullable {
        out.matches += 1;
    } else {
        out.wrong_type(path, &wanted.join(","), "null");
    }
}

/// The types that `schema` takes; none stands for any.
const fn names(schema: &Structural, lax: bool) -> &'static [&'static str] {
    if schema.int_or_string && !lax {
        return &["integer", "string"];
    }
    match schema.r#type {
        Type::Any => &[],
        Type::Object => &["object"],
        Type::Array => &["array"],
        Type::Integer => &["integer"],
        Type::Number => &["number"],
        Type::Boolean => &["boolean"],
        Type::String => &["string"],
    }
}

/// The type of `value` as schemas call it.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) => match Numeric::of(number) {
            Numeric::Int(_) => "integer",
            Numeric::Float(_) => "number",
        },
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The format that upstream takes `value` to have.
fn format_of(value: &Value) -> &'static str {
    match type_name(value) {
        "integer" => "int64",
        "number" => "float64",
        _ => "",
    }
}

/// A number as upstream reads it from JSON.
#[derive(Clone, Copy)]
pub(super) enum Numeric {
    /// Written without point or exponent, and not too large.
    Int(i64),
    /// Any other.
    Float(f64),
}

impl Numeric {
    /// What `number` is.
    pub fn of(number: &Number) -> Self {
        number.as_i64().map_or_else(|| Self::Float(number.as_f64().unwrap_or_default()), Self::Int)
    }

    /// As a number with a fraction.
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// Whether `number` counts as a whole one: it is near enough to one that can be told from its neighbours.
pub(super) fn is_whole(number: f64) -> bool {
    const MOST: f64 = 9_007_199_254_740_991.0;
    let rounded = number.round();
    (-MOST..=MOST).contains(&number) && (number == rounded || rounded != 0.0 && (number - rounded).abs() < 1e-9 * rounded.abs())
}
