//! `'…'.format([…])`.

use super::number_text::{scientific_text, special};
use super::{format_duration, format_timestamp};
use crate::evaluate::{EvaluationError, Tools};
use crate::value::{Key, Value, compare};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// Digits behind the point where none are given.
const PRECISION: usize = 6;

/// Most digits behind the point that may be asked for.
const MAX_PRECISION: usize = 1000;

pub(super) fn format<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let [Value::String(template), Value::List(arguments)] = values else { return Err(EvaluationError::NoSuchOverload) };
    let mut out = String::with_capacity(template.len());
    let mut rest = template.chars();
    let mut next = 0;
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if rest.as_str().starts_with('%') {
            rest.next();
            out.push('%');
            continue;
        }
        let precision = precision(&mut rest)?;
        let verb = rest.next().ok_or_else(|| EvaluationError::invalid("unexpected end of format string"))?;
        let argument = arguments.get(next).ok_or_else(|| EvaluationError::invalid(format!("index {next} out of range")))?;
        next += 1;
        clause(&mut out, verb, precision, &argument, tools)?;
        Tools::allow_text(out.len())?;
    }
    Ok(Value::text(out))
}

/// The digits of `.3`.
fn precision(rest: &mut std::str::Chars<'_>) -> Result<Option<usize>, EvaluationError> {
    let Some(after) = rest.as_str().strip_prefix('.') else { return Ok(None) };
    let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let precision = after.get(..digits).and_then(|digits| digits.parse().ok()).filter(|precision| *precision <= MAX_PRECISION);
    *rest = after.get(digits..).unwrap_or_default().chars();
    precision.map(Some).ok_or_else(|| EvaluationError::invalid("error while parsing precision"))
}

fn clause(
    out: &mut String,
    verb: char,
    precision: Option<usize>,
    value: &Value<'_>,
    tools: &mut Tools<'_>,
) -> Result<(), EvaluationError> {
    let digits = precision.unwrap_or(PRECISION);
    match (verb, value) {
        ('s', _) => return text(out, value, tools),
        ('d', Value::Int(value)) => out.push_str(&value.to_string()),
        ('d', Value::Uint(value)) => out.push_str(&value.to_string()),
        ('d' | 'f' | 'e', Value::Double(value)) if special(*value).is_some() => out.push_str(infinite(*value)),
        ('f', _) => out.push_str(&format!("{:.digits$}", number(value, verb)?)),
        ('e', _) => out.push_str(&scientific_text(number(value, verb)?, digits)),
        ('b', Value::Bool(value)) => out.push(if *value { '1' } else { '0' }),
        ('x', Value::String(text)) => hex(out, text.as_bytes(), false),
        ('X', Value::String(text)) => hex(out, text.as_bytes(), true),
        ('x', Value::Bytes(bytes)) => hex(out, bytes, false),
        ('X', Value::Bytes(bytes)) => hex(out, bytes, true),
        ('b' | 'o' | 'x' | 'X', _) => radix(out, verb, value)?,
        ('d', _) => return Err(wrong(verb, "integers", value)),
        _ => {
            return Err(EvaluationError::invalid(format!(
                "could not parse formatting clause: unrecognized formatting clause \"{verb}\""
            )));
        }
    }
    Ok(())
}

fn wrong(verb: char, wanted: &str, value: &Value<'_>) -> EvaluationError {
    let clause = match verb {
        'd' => "decimal clause",
        'f' => "fixed-point clause",
        'e' => "scientific clause",
        'b' => "binary clause",
        'o' => "octal clause",
        _ => "hex clause",
    };
    EvaluationError::invalid(format!(
        "error during formatting: {clause} can only be used on {wanted}, was given {}",
        value.type_name()
    ))
}

fn number(value: &Value<'_>, verb: char) -> Result<f64, EvaluationError> {
    match value {
        Value::Double(value) => Ok(*value),
        Value::Int(value) => Ok(*value as f64),
        Value::Uint(value) => Ok(*value as f64),
        _ => Err(wrong(verb, "doubles", value)),
    }
}

fn radix(out: &mut String, verb: char, value: &Value<'_>) -> Result<(), EvaluationError> {
    let (sign, magnitude) = match value {
        Value::Int(value) => (if *value < 0 { "-" } else { "" }, value.unsigned_abs()),
        Value::Uint(value) => ("", *value),
        _ => return Err(wrong(verb, "integers", value)),
    };
    out.push_str(sign);
    out.push_str(&match verb {
        'b' => format!("{magnitude:b}"),
        'o' => format!("{magnitude:o}"),
        'x' => format!("{magnitude:x}"),
        _ => format!("{magnitude:X}"),
    });
    Ok(())
}

fn hex(out: &mut String, bytes: &[u8], upper: bool) {
    for byte in bytes {
        out.push_str(&if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
    }
}

const fn infinite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

fn text(out: &mut String, value: &Value<'_>, tools: &mut Tools<'_>) -> Result<(), EvaluationError> {
    tools.spend(1)?;
    Tools::allow_text(out.len())?;
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Uint(value) => out.push_str(&value.to_string()),
        Value::Double(value) if special(*value).is_some() => out.push_str(infinite(*value)),
        Value::Double(value) => out.push_str(&value.to_string()),
        Value::String(value) | Value::Type(value) => out.push_str(value),
        Value::Bytes(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
        Value::Timestamp(at) => out.push_str(&format_timestamp(*at)),
        Value::Duration(nanos) => out.push_str(&format_duration(*nanos)),
        Value::List(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                text(out, &item, tools)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (at, key) in sorted(map.keys()).iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                text(out, &key.value(), tools)?;
                out.push_str(": ");
                text(out, &map.get(key).unwrap_or(Value::Null), tools)?;
            }
            out.push('}');
        }
        Value::Optional(_) | Value::Opaque(_) => {
            let wanted = "strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps";
            let given = value.type_name();
            let message = format!("error during formatting: string clause can only be used on {wanted}, was given {given}");
            return Err(EvaluationError::invalid(message));
        }
    }
    Ok(())
}

fn sorted(mut keys: Vec<Key<'_>>) -> Vec<Key<'_>> {
    keys.sort_by(|a, b| compare(&a.value(), &b.value()).unwrap_or_else(|| a.cmp(b)));
    keys
}
