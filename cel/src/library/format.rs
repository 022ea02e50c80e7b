//! `'…'.format([…])`.

use super::number_text::{double_text, special};
use super::{format_duration, format_timestamp};
use crate::evaluate::{EvaluationError, Tools};
use crate::value::Value;

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// Digits behind the point where none are given.
const PRECISION: usize = 6;

/// Most digits behind the point that may be asked for.
const MAX_PRECISION: usize = 1000;

/// What a template says next.
enum Part {
    Sign(char),
    Clause(char, usize),
}

/// What `%` begins at the start of `rest`, of which it takes as much; an argument is there for it or not.
fn part(rest: &mut std::str::Chars<'_>, next: usize, arguments: usize) -> Result<Option<Part>, String> {
    let Some(sign) = rest.next() else { return Ok(None) };
    if sign != '%' {
        return Ok(Some(Part::Sign(sign)));
    }
    if rest.as_str().starts_with('%') {
        rest.next();
        return Ok(Some(Part::Sign('%')));
    }
    if rest.as_str().is_empty() {
        return Err("unexpected end of string".into());
    }
    if next >= arguments {
        return Err(format!("index {next} out of range"));
    }
    let wrong = |why: String| format!("could not parse formatting clause: {why}");
    let digits = precision(rest).map_err(|why| wrong(format!("error while parsing precision: {why}")))?.unwrap_or(PRECISION);
    match rest.next() {
        Some(verb @ ('s' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o')) => Ok(Some(Part::Clause(verb, digits))),
        other => Err(wrong(format!("unrecognized formatting clause \"{}\"", other.unwrap_or_default()))),
    }
}

/// How many of `arguments` `template` takes. `unfit` names the type of an argument that a clause does not take.
pub(crate) fn check_template(
    template: &str,
    arguments: usize,
    unfit: &mut dyn FnMut(char, usize) -> Option<String>,
) -> Result<usize, String> {
    let mut rest = template.chars();
    let mut next = 0;
    while let Some(part) = part(&mut rest, next, arguments)? {
        if let Part::Clause(verb, _) = part {
            if let Some(given) = unfit(verb, next) {
                return Err(wrong(verb, &given));
            }
            next += 1;
        }
    }
    Ok(next)
}

pub(super) fn format<'a>(tools: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let [Value::String(template), Value::List(arguments)] = values else { return Err(EvaluationError::NoSuchOverload) };
    let mut out = String::with_capacity(template.len());
    let mut rest = template.chars();
    let mut next = 0;
    while let Some(part) = part(&mut rest, next, arguments.len()).map_err(EvaluationError::invalid)? {
        match part {
            Part::Sign(sign) => out.push(sign),
            Part::Clause(verb, digits) => {
                let argument = arguments.get(next).unwrap_or(Value::Null);
                clause(&mut out, verb, digits, &argument, tools)?;
                next += 1;
            }
        }
        Tools::allow_text(out.len())?;
    }
    Ok(Value::text(out))
}

/// The digits of `.3`.
fn precision(rest: &mut std::str::Chars<'_>) -> Result<Option<usize>, String> {
    let Some(after) = rest.as_str().strip_prefix('.') else { return Ok(None) };
    let length = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let digits = after.get(..length).unwrap_or_default();
    if length == after.len() {
        return Err("could not find end of precision specifier".into());
    }
    *rest = after.get(length..).unwrap_or_default().chars();
    let why = if digits.is_empty() { "invalid syntax" } else { "value out of range" };
    let parsed = digits.parse().ok().filter(|precision| *precision <= MAX_PRECISION);
    parsed
        .map(Some)
        .ok_or_else(|| format!("error while converting precision to integer: strconv.Atoi: parsing {digits:?}: {why}"))
}

fn clause(out: &mut String, verb: char, digits: usize, value: &Value<'_>, tools: &mut Tools<'_>) -> Result<(), EvaluationError> {
    match (verb, value) {
        ('s', _) => return text(out, value, false, tools),
        ('d', Value::Int(value)) => out.push_str(&value.to_string()),
        ('d', Value::Uint(value)) => out.push_str(&value.to_string()),
        ('f', _) => out.push_str(&fixed(number(value, verb)?, digits)),
        // As upstream, where the number before the verb is a width and no precision.
        ('e', _) => out.push_str(&format!("{:>digits$}", scientific(number(value, verb)?))),
        ('b', Value::Bool(value)) => out.push(if *value { '1' } else { '0' }),
        ('x', Value::String(text)) => hex(out, text.as_bytes(), false),
        ('X', Value::String(text)) => hex(out, text.as_bytes(), true),
        ('x', Value::Bytes(bytes)) => hex(out, bytes, false),
        ('X', Value::Bytes(bytes)) => hex(out, bytes, true),
        ('b' | 'o' | 'x' | 'X', Value::Int(value)) => {
            out.push_str(if *value < 0 { "-" } else { "" });
            radix(out, verb, value.unsigned_abs());
        }
        ('b' | 'o' | 'x' | 'X', Value::Uint(value)) => radix(out, verb, *value),
        _ => return Err(EvaluationError::invalid(wrong(verb, &value.type_name()))),
    }
    Ok(())
}

fn wrong(verb: char, given: &str) -> String {
    let only = match verb {
        's' => {
            "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps"
        }
        'd' => "decimal clause can only be used on integers",
        'f' => "fixed-point clause can only be used on doubles",
        'e' => "scientific clause can only be used on doubles",
        'b' => "only integers and bools can be formatted as binary",
        'o' => "octal clause can only be used on integers",
        _ => "only integers, byte buffers, and strings can be formatted as hex",
    };
    format!("error during formatting: {only}, was given {given}")
}

fn number(value: &Value<'_>, verb: char) -> Result<f64, EvaluationError> {
    match value {
        Value::Double(value) => Ok(*value),
        Value::String(text) if &**text == "NaN" => Ok(f64::NAN),
        Value::String(text) if &**text == "Infinity" => Ok(f64::INFINITY),
        Value::String(text) if &**text == "-Infinity" => Ok(f64::NEG_INFINITY),
        _ => Err(EvaluationError::invalid(wrong(verb, &value.type_name()))),
    }
}

/// A number in English: a comma behind every third digit before the point.
fn fixed(value: f64, digits: usize) -> String {
    if let Some(sign) = sign(value) {
        return sign.into();
    }
    let plain = format!("{:.digits$}", value.abs());
    let (whole, fraction) = plain.split_once('.').map_or((&*plain, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = String::from(if value.is_sign_negative() { "-" } else { "" });
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.extend([".", fraction]);
    }
    out
}

/// A number times a power of ten, with its exponent raised.
fn scientific(value: f64) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    if let Some(sign) = sign(value) {
        return sign.into();
    }
    let text = format!("{value:.PRECISION$e}");
    let (number, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("", exponent), |exponent| ("⁻", exponent));
    let padding = if exponent.len() < 2 { "⁰" } else { "" };
    let exponent = exponent.chars().filter_map(|digit| RAISED.get(digit.to_digit(10)? as usize));
    format!("{number}×10{sign}{padding}{}", exponent.collect::<String>())
}

const fn sign(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("NaN")
    } else if value.is_infinite() {
        Some(if value > 0.0 { "∞" } else { "-∞" })
    } else {
        None
    }
}

fn radix(out: &mut String, verb: char, magnitude: u64) {
    out.push_str(&match verb {
        'b' => format!("{magnitude:b}"),
        'o' => format!("{magnitude:o}"),
        'x' => format!("{magnitude:x}"),
        _ => format!("{magnitude:X}"),
    });
}

fn hex(out: &mut String, bytes: &[u8], upper: bool) {
    for byte in bytes {
        out.push_str(&if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
    }
}

/// A value as text; inside a list or a map as it is written in expressions.
fn text(out: &mut String, value: &Value<'_>, inside: bool, tools: &mut Tools<'_>) -> Result<(), EvaluationError> {
    tools.spend(1)?;
    Tools::allow_text(out.len())?;
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Uint(value) => out.push_str(&value.to_string()),
        Value::Double(value) if inside && special(*value).is_none() => out.push_str(&format!("{value:.PRECISION$}")),
        Value::Double(value) if inside => out.push_str(&format!("{:?}", double_text(*value))),
        Value::Double(value) => out.push_str(&double_text(*value)),
        Value::String(value) if inside => out.push_str(&format!("{:?}", &**value)),
        Value::String(value) | Value::Type(value) => out.push_str(value),
        Value::Bytes(bytes) if inside => out.push_str(&format!("b{:?}", String::from_utf8_lossy(bytes))),
        Value::Bytes(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
        Value::Timestamp(at) if inside => out.push_str(&format!("timestamp({:?})", format_timestamp(*at))),
        Value::Timestamp(at) => out.push_str(&format_timestamp(*at)),
        Value::Duration(nanos) if inside => out.push_str(&format!("duration({:?})", format_duration(*nanos))),
        Value::Duration(nanos) => out.push_str(&format_duration(*nanos)),
        Value::List(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                text(out, &item, true, tools)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            let mut pairs = Vec::with_capacity(map.len());
            for key in map.keys() {
                let (mut shown, mut value) = (String::new(), String::new());
                text(&mut shown, &key.value(), true, tools)?;
                text(&mut value, &map.get(&key).unwrap_or(Value::Null), true, tools)?;
                pairs.push((shown, value));
            }
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            let pairs: Vec<String> = pairs.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
            out.push_str(&format!("{{{}}}", pairs.join(", ")));
        }
        Value::Optional(_) | Value::Opaque(_) if inside => {
            let given = value.type_name();
            return Err(EvaluationError::invalid(format!("error during formatting: no formatting function for {given}")));
        }
        Value::Optional(_) | Value::Opaque(_) | Value::Misfit(_) => {
            return Err(EvaluationError::invalid(wrong('s', &value.type_name())));
        }
    }
    Ok(())
}
