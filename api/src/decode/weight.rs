//! How much there is to compile in an object, reckoned before anything is.

use std::str::Chars;

use serde_json::Value;

/// Most that the regular and other expressions of an object may weigh together: about fifty milliseconds of compiling.
pub(crate) const MAX_WEIGHT: usize = 500_000;
/// What an expression weighs at most: larger ones are refused when they are compiled.
const MOST: usize = 20_000;
/// Any character, and all but some: a dozen ranges of bytes.
const NEARLY_ANY: usize = 12;
/// Any character, by the time it takes.
const ANY: usize = 20;
/// A class of Unicode.
const CLASS: usize = 300;
/// A class of ASCII: a few ranges of bytes.
const FEW: usize = 4;

/// Whether the field called `name` of a built-in struct holds text that the server compiles.
pub(super) const fn is_compiled(name: &str) -> bool {
    matches!(name.as_bytes(), b"pattern" | b"rule" | b"expression" | b"messageExpression" | b"valueExpression")
}

/// What compiling `text` weighs: the states that it makes, roughly.
pub(super) fn weight_of(text: &str) -> usize {
    of_text(text).min(MOST)
}

/// What the patterns and rules in `document` weigh together.
pub(crate) fn weight(document: &Value) -> usize {
    match document {
        Value::Array(items) => items.iter().map(weight).fold(0, usize::saturating_add),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| match (name.as_str(), value) {
                ("pattern" | "rule" | "messageExpression", Value::String(text)) => weight_of(text),
                _ => weight(value),
            });
            members.fold(0, usize::saturating_add)
        }
        _ => 0,
    }
}

/// What `text` weighs: its characters, multiplied by the repetitions around them. Brackets are classes in a pattern, and lists
/// in an expression: it is what weighs more.
fn of_text(text: &str) -> usize {
    reckon(text, true).max(reckon(text, false))
}

fn reckon(text: &str, classes: bool) -> usize {
    let mut sums = vec![0_usize];
    let mut last = 0_usize;
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let atom = match letter {
            '[' if classes => class(&mut rest),
            '(' => {
                sums.push(0);
                0
            }
            ')' if sums.len() > 1 => sums.pop().unwrap_or_default(),
            '{' => {
                let Some((times, after)) = repetitions(rest.as_str()) else { continue };
                rest = after.chars();
                let more = last.saturating_mul(times.saturating_sub(1));
                last = last.saturating_add(more);
                add(&mut sums, more);
                continue;
            }
            '.' => ANY,
            '^' => NEARLY_ANY / 2,
            '\\' => escaped(&mut rest),
            _ => 1,
        };
        last = atom;
        add(&mut sums, atom);
    }
    sums.into_iter().fold(0, usize::saturating_add)
}

/// What stands between brackets.
fn class(rest: &mut Chars<'_>) -> usize {
    let mut sum = if rest.as_str().starts_with('^') { NEARLY_ANY } else { 1 };
    let mut first = true;
    while let Some(letter) = rest.next() {
        sum = sum.saturating_add(match letter {
            ']' if !first => break,
            '\\' => escaped(rest),
            _ => 1,
        });
        first = first && letter == '^';
    }
    sum
}

/// What stands behind a backslash; the names of classes are skipped.
fn escaped(rest: &mut Chars<'_>) -> usize {
    match rest.next() {
        Some('p' | 'P') => {
            if rest.next() == Some('{') {
                *rest = rest.as_str().split_once('}').map_or("", |(_, after)| after).chars();
            }
            CLASS
        }
        // In a text of CEL the backslash itself is escaped.
        Some('\\') if rest.clone().next().is_some_and(|letter| letter.is_ascii_alphabetic()) => escaped(rest),
        Some('d' | 'w' | 's') => FEW,
        Some('D' | 'W' | 'S') => NEARLY_ANY,
        _ => 1,
    }
}

fn add(sums: &mut [usize], weight: usize) {
    if let Some(sum) = sums.last_mut() {
        *sum = sum.saturating_add(weight);
    }
}

/// The larger number of `3,5}` and what follows it; `None` where there is no number.
fn repetitions(text: &str) -> Option<(usize, &str)> {
    let (inner, after) = text.split_once('}')?;
    let most = inner.split(',').filter_map(|number| number.trim().parse().ok()).max()?;
    Some((most, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Body, FieldValidation, Format, decode};
    use crate::kind::Kinds;
    use serde_json::json;

    #[test]
    fn repetitions_multiply_and_what_people_write_weighs_little() {
        assert_eq!(of_text("abc"), 3);
        assert_eq!(of_text("a{3}b"), 4);
        assert_eq!(of_text("(ab){1,10}"), 20);
        assert_eq!(of_text("((a{1000}){1000}){1000}"), 1_000_000_000);
        assert!(of_text(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$") < 100);
        assert!(of_text("^[a-zA-Z0-9]{1,63}$") < 1_000);
        assert!(of_text(r"^[\w][\w.-]{0,127}$") < 2_000);
        assert!(of_text(r"[\pL]{60}") > 60 * CLASS);
        assert!(of_text(r"([)]\pL){60}") > 60 * CLASS);
        assert!(of_text(r"([]\pL)]){60}") > 60 * CLASS);
        assert!(of_text(r"[s.matches('\pL{60}')]") > 60 * CLASS);
        for odd in ["{", "a{", "a{,}", ")))", "(((", "\\", "a{99999999999999999999999}"] {
            assert!(of_text(odd) < 100, "{odd}");
        }
    }

    #[test]
    fn a_definition_of_many_large_patterns_is_too_heavy() {
        let schema = |count: usize| json!({"allOf": vec![json!({"pattern": "^\\pL{1,60}$"}); count]});
        assert!(weight(&schema(10)) < MAX_WEIGHT);
        assert!(weight(&schema(1_000)) > MAX_WEIGHT);
    }

    #[test]
    fn the_expressions_of_a_policy_are_bounded_together() {
        let kinds = Kinds::builtin();
        let row = kinds.get("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies").unwrap();
        let read = |count: usize| {
            let validation = json!({"expression": "object.metadata.name.matches('^\\\\pL{1,60}$')"});
            let body = json!({"spec": {"validations": vec![validation; count]}}).to_string();
            decode(body.as_bytes(), Format::Json, Body::of(row), FieldValidation::Warn)
        };
        assert!(read(10).is_ok());
        let refusal = read(1_000).err().unwrap().message;
        assert!(refusal.ends_with("the regular expressions and rules in it are together too large"), "{refusal}");
    }

    #[test]
    fn many_unknown_fields_are_refused_rather_than_passed_over() {
        let kinds = Kinds::builtin();
        let row = kinds.get("", "v1", "pods").unwrap();
        let read = |count: usize| {
            let unknown: Vec<String> = (0..count).map(|at| format!("\"{at}\":1")).collect();
            let body = format!("{{\"spec\":{{{}}}}}", unknown.join(","));
            decode(body.as_bytes(), Format::Json, Body::of(row), FieldValidation::Ignore)
        };
        assert!(read(10_000).is_ok());
        assert!(read(10_001).err().unwrap().message.ends_with("it has more than 10000 unknown and duplicate fields"));
    }
}
