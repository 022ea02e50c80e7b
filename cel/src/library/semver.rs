//! Semantic versions, and the comparisons that they share with quantities.

use std::cmp::Ordering;
use std::sync::Arc;

use super::quantity;
use crate::evaluate::{EvaluationError, Tools};
use crate::value::{Inner, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// A semantic version. What stands behind `+` does not count.
#[derive(Clone, Debug)]
pub(crate) struct Semver {
    numbers: [u64; 3],
    pre: Vec<String>,
}

impl Semver {
    fn parse(text: &str) -> Option<Self> {
        let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
        let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
        let legal = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        if !build.is_none_or(|build| build.split('.').all(legal)) {
            return None;
        }
        let pre: Vec<String> = pre.map(|pre| pre.split('.').map(String::from).collect()).unwrap_or_default();
        if !pre.iter().all(|part| legal(part) && !(number(part).is_some() && part.len() > 1 && part.starts_with('0'))) {
            return None;
        }
        let mut parts = core.splitn(3, '.').map(|part| number(part).filter(|_| part.len() == 1 || !part.starts_with('0')));
        Some(Self { numbers: [parts.next()??, parts.next()??, parts.next()??], pre })
    }

    /// Without a leading `v` and leading zeros, with what is missing as 0.
    fn normalized(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts: Vec<String> = text.splitn(3, '.').map(without_zeros).collect();
        if parts.len() < 3 && parts.last().is_some_and(|last| last.contains(['+', '-'])) {
            return None;
        }
        parts.resize(3, "0".into());
        Self::parse(&parts.join("."))
    }

    /// Which version comes first.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let parts = self.pre.iter().zip(&other.pre).map(|(a, b)| compare_parts(a, b));
                parts.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| self.pre.len().cmp(&other.pre.len()))
            }
        })
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn compare_parts(a: &str, b: &str) -> Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

fn without_zeros(part: &str) -> String {
    let rest = part.trim_start_matches('0');
    if part.len() > 1 && !rest.starts_with(|c: char| c.is_ascii_digit()) {
        format!("0{rest}")
    } else if part.len() > 1 {
        rest.into()
    } else {
        part.into()
    }
}

fn parsed(values: &[Value<'_>]) -> Result<Option<Semver>, EvaluationError> {
    match values {
        [Value::String(text)] | [Value::String(text), Value::Bool(false)] => Ok(Semver::parse(text)),
        [Value::String(text), Value::Bool(true)] => Ok(Semver::normalized(text)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn semver<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let version = parsed(values)?.ok_or_else(|| EvaluationError::invalid(fault(values)))?;
    Ok(Value::inner(Inner::Semver(Arc::new(version))))
}

/// Why text is no version, in the words of upstream's parser for the most common faults.
fn fault(values: &[Value<'_>]) -> String {
    let text = values.first().and_then(Value::as_str).unwrap_or_default();
    let parts: Vec<&str> = text.splitn(3, '.').collect();
    let [major, minor, patch] = parts.as_slice() else {
        return if text.is_empty() { "Version string empty" } else { "No Major.Minor.Patch elements found" }.into();
    };
    let patch = patch.split(['-', '+']).next().unwrap_or_default();
    for (name, capital, number) in [("major", "Major", *major), ("minor", "Minor", *minor), ("patch", "Patch", patch)] {
        if !number.bytes().all(|c| c.is_ascii_digit()) {
            return format!("Invalid character(s) found in {name} number {number:?}");
        }
        if number.len() > 1 && number.starts_with('0') {
            return format!("{capital} number must not contain leading zeroes {number:?}");
        }
    }
    "Invalid Semantic Version".into()
}

pub(super) fn is_semver<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::Bool(parsed(values)?.is_some()))
}

fn of<'v>(value: Option<&'v Value<'_>>) -> Result<&'v Semver, EvaluationError> {
    match value {
        Some(Value::Opaque(foreign)) => match &foreign.0 {
            Inner::Semver(version) => Ok(version),
            _ => Err(EvaluationError::NoSuchOverload),
        },
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

/// The order of two quantities or of two versions.
fn order(values: &[Value<'_>]) -> Result<Ordering, EvaluationError> {
    match quantity::pair(values) {
        Some((a, b)) => Ok(a.cmp(&b)),
        None => Ok(of(values.first())?.compare(of(values.get(1))?)),
    }
}

pub(super) fn is_less<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    order(values).map(|order| Value::Bool(order.is_lt()))
}

pub(super) fn is_greater<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    order(values).map(|order| Value::Bool(order.is_gt()))
}

pub(super) fn compare_to<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    order(values).map(|order| Value::Int(order as i64))
}

fn part<'a>(values: &[Value<'a>], part: fn(&Semver) -> u64) -> Outcome<'a> {
    of(values.first()).map(|version| Value::Int(i64::try_from(part(version)).unwrap_or(i64::MAX)))
}

pub(super) fn major<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |version| version.numbers[0])
}

pub(super) fn minor<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |version| version.numbers[1])
}

pub(super) fn patch<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |version| version.numbers[2])
}
