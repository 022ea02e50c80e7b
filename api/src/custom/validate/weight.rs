//! How much there is to compile in a definition, reckoned before anything is.

use std::str::Chars;

use serde_json::Value;

/// Most that the regular expressions of a definition may weigh together: about fifty milliseconds of compiling.
pub(super) const MAX_WEIGHT: usize = 500_000;
/// What an expression weighs at most: larger ones are refused when they are compiled.
const MOST: usize = 10_000;
/// Any character, and all but some: a dozen ranges of bytes.
const NEARLY_ANY: usize = 12;
/// A class of Unicode.
const CLASS: usize = 300;

/// What the patterns and rules in `document` weigh: the states that compiling them makes, roughly.
pub(super) fn weight(document: &Value) -> usize {
    match document {
        Value::Array(items) => items.iter().map(weight).fold(0, usize::saturating_add),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| match (name.as_str(), value) {
                ("pattern" | "rule" | "messageExpression", Value::String(text)) => of_text(text).min(MOST),
                _ => weight(value),
            });
            members.fold(0, usize::saturating_add)
        }
        _ => 0,
    }
}

/// What `text` weighs: its characters, multiplied by the repetitions around them.
fn of_text(text: &str) -> usize {
    let mut sums = vec![0_usize];
    let mut last = 0_usize;
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let atom = match letter {
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
            '.' => NEARLY_ANY,
            '^' => NEARLY_ANY / 2,
            '\\' => escaped(&mut rest),
            _ => 1,
        };
        last = atom;
        add(&mut sums, atom);
    }
    sums.into_iter().fold(0, usize::saturating_add)
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
        Some(letter) if letter.is_ascii_alphabetic() => CLASS,
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
    use serde_json::json;

    #[test]
    fn repetitions_multiply_and_what_people_write_weighs_little() {
        assert_eq!(of_text("abc"), 3);
        assert_eq!(of_text("a{3}b"), 4);
        assert_eq!(of_text("(ab){1,10}"), 20);
        assert_eq!(of_text("((a{1000}){1000}){1000}"), 1_000_000_000);
        assert!(of_text(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$") < 100);
        assert!(of_text("^[a-zA-Z0-9]{1,63}$") < 1_000);
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
}
