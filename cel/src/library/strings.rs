//! Text, counted in characters.

use crate::evaluate::{EvaluationError, Tools};
use crate::value::{Text, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

pub(super) fn contains<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    two(values, |text, part| text.contains(part))
}

pub(super) fn starts_with<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    two(values, |text, part| text.starts_with(part))
}

pub(super) fn ends_with<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    two(values, |text, part| text.ends_with(part))
}

fn two<'a>(values: &[Value<'a>], test: fn(&str, &str) -> bool) -> Outcome<'a> {
    match values {
        [Value::String(text), Value::String(part)] => Ok(Value::Bool(test(text, part))),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn one<'a>(values: &[Value<'a>], change: fn(&str) -> String) -> Outcome<'a> {
    match values {
        [Value::String(text)] => Ok(Value::text(change(text))),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn lower<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    one(values, str::to_ascii_lowercase)
}

pub(super) fn upper<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    one(values, str::to_ascii_uppercase)
}

pub(super) fn trim<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    one(values, |text| text.trim().into())
}

/// The byte where character `at` begins; the end for the one behind the last.
pub(super) fn byte_of(text: &str, at: i64) -> Result<usize, EvaluationError> {
    let out_of_range = || EvaluationError::invalid(format!("index out of range: {at}"));
    let at = usize::try_from(at).map_err(|_| out_of_range())?;
    if text.is_ascii() {
        return if at <= text.len() { Ok(at) } else { Err(out_of_range()) };
    }
    let starts = text.char_indices().map(|(start, _)| start).chain([text.len()]);
    starts.into_iter().nth(at).ok_or_else(out_of_range)
}

pub(super) fn char_at<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let [Value::String(text), Value::Int(at)] = values else { return Err(EvaluationError::NoSuchOverload) };
    let start = byte_of(text, *at)?;
    Ok(Value::text(text.get(start..).and_then(|rest| rest.chars().next()).map(String::from).unwrap_or_default()))
}

/// A part that shares what it is a part of, where that lies elsewhere.
fn part<'a>(text: &Text<'a>, start: usize, end: usize) -> Value<'a> {
    match text {
        Text::Borrowed(text) => Value::String(Text::Borrowed(text.get(start..end).unwrap_or_default())),
        Text::Shared(text) => Value::text(text.get(start..end).unwrap_or_default()),
    }
}

pub(super) fn substring<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text), Value::Int(start)] => Ok(part(text, byte_of(text, *start)?, text.len())),
        [Value::String(text), Value::Int(start), Value::Int(end)] => {
            if start > end {
                return Err(EvaluationError::invalid(format!("invalid substring range. start: {start}, end: {end}")));
            }
            Ok(part(text, byte_of(text, *start)?, byte_of(text, *end)?))
        }
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

/// The character at which `part` begins, from character `from` on.
pub(super) fn index_of<'a>(text: &str, part: &str, from: i64) -> Outcome<'a> {
    let start = byte_of(text, from)?;
    let found = text.get(start..).and_then(|rest| rest.find(part)).map(|at| start + at);
    Ok(Value::Int(found.map_or(-1, |at| chars_before(text, at))))
}

/// The last character at which `part` begins, at `from` or before.
pub(super) fn last_index_of<'a>(text: &str, part: &str, from: Option<i64>) -> Outcome<'a> {
    let end = match from {
        Some(from) => byte_of(text, from)?.saturating_add(part.len()),
        None => text.len(),
    };
    let end = (0..=end.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let found = text.get(..end).and_then(|head| head.rfind(part));
    Ok(Value::Int(found.map_or(-1, |at| chars_before(text, at))))
}

fn chars_before(text: &str, at: usize) -> i64 {
    i64::try_from(text.get(..at).unwrap_or_default().chars().count()).unwrap_or(i64::MAX)
}

pub(super) fn quote<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    one(values, quoted)
}

/// Text in double quotes with escapes, as CEL's source has it.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        let escape = match c {
            '\x07' => 'a',
            '\x08' => 'b',
            '\x0c' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\x0b' => 'v',
            '\\' | '"' => c,
            _ => {
                quoted.push(c);
                continue;
            }
        };
        quoted.extend(['\\', escape]);
    }
    quoted.push('"');
    quoted
}
