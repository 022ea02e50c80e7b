//! When a job whose pods have numbers has done enough.

use serde_json::Value;

use super::super::list;
use crate::kind::validate::{Faults, Path};

const MAX_RULES: usize = 20;
const MAX_TEXT: usize = 64 * 1024;

/// The success policy of a job of `completions` pods, at `path`.
pub(super) fn check(policy: &Value, completions: i64, path: &Path<'_>, faults: &mut Faults) {
    let rules = list(policy, "rules");
    let field = path.child("rules");
    if rules.is_empty() {
        faults.required(&field, "at least one rules must be specified when the successPolicy is specified");
    }
    if rules.len() > MAX_RULES {
        faults.too_many(&field, rules.len() as u64, MAX_RULES as u64);
    }
    for (at, one) in rules.iter().enumerate() {
        rule(one, completions, &field.index(at), faults);
    }
}

fn rule(rule: &Value, completions: i64, path: &Path<'_>, faults: &mut Faults) {
    let count = rule.get("succeededCount").and_then(Value::as_i64);
    let indexes = rule.get("succeededIndexes").and_then(Value::as_str);
    if count.is_none() && indexes.is_none() {
        faults.required(path, "at least one of succeededCount or succeededIndexes must be specified");
    }
    let mut listed = 0;
    if let Some(text) = indexes {
        let field = path.child("succeededIndexes");
        if text.len() > MAX_TEXT {
            faults.too_long(&field, MAX_TEXT);
        }
        match read(text, completions) {
            Ok(count) => listed = count,
            Err(why) => faults.invalid_text(&field, text, format!("error parsing succeededIndexes: {why}")),
        }
    }
    let (Some(count), field) = (count, path.child("succeededCount")) else { return };
    faults.not_negative(&field, Some(&count.into()));
    if count > completions {
        let why = format!("must be less than or equal to {completions} (the number of specified completions)");
        faults.invalid(&field, &count.into(), why);
    }
    if indexes.is_some() && count > listed {
        let why =
            format!("must be less than or equal to {listed} (the number of indexes in the specified succeededIndexes field)");
        faults.invalid(&field, &count.into(), why);
    }
}

/// How many numbers `text` lists (`1,3-5`), all of them below `completions` and in order.
pub(super) fn read(text: &str, completions: i64) -> Result<i64, String> {
    let (mut count, mut last) = (0, -1);
    for interval in intervals(text, completions) {
        let (begin, end) = interval?;
        if begin <= last {
            return Err(format!("non-increasing order, previous: {last}, current: {begin}"));
        }
        count += end - begin + 1;
        last = end;
    }
    Ok(count)
}

/// The first number that `one` and `other` both list; what cannot be read of them is passed over.
pub(super) fn common(one: &str, other: &str, completions: i64) -> Option<i64> {
    let mut ones = intervals(one, completions).filter_map(Result::ok).peekable();
    let mut others = intervals(other, completions).filter_map(Result::ok).peekable();
    while let (Some(one), Some(other)) = (ones.peek(), others.peek()) {
        if one.0 <= other.1 && other.0 <= one.1 {
            return Some(one.0.max(other.0));
        }
        if one.0 <= other.0 {
            ones.next()
        } else {
            others.next()
        };
    }
    None
}

/// First and last number of each part of `text`.
fn intervals(text: &str, completions: i64) -> impl Iterator<Item = Result<(i64, i64), String>> + '_ {
    text.split(',').filter(move |_| !text.is_empty()).map(move |part| interval(part, completions))
}

fn interval(part: &str, completions: i64) -> Result<(i64, i64), String> {
    let number = |text: &str| {
        let number: i64 = text.parse().map_err(|_| format!("cannot convert string to integer for index: {text:?}"))?;
        if number >= completions { Err(format!("too large index: {text:?}")) } else { Ok(number) }
    };
    let Some((first, last)) = part.split_once('-') else { return number(part).map(|number| (number, number)) };
    if last.contains('-') {
        let why = "violates the requirement that an index interval can have at most two parts separated by '-'";
        return Err(format!("the fragment {part:?} {why}"));
    }
    let (begin, end) = (number(first)?, number(last)?);
    if begin >= end {
        return Err(format!("non-increasing order, previous: {begin}, current: {end}"));
    }
    Ok((begin, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_listed_in_order_and_below_the_count() {
        assert_eq!(read("", 3), Ok(0));
        assert_eq!(read("0,2-4", 5), Ok(4));
        for bad in ["5", "2,1", "3-2", "x", "1-", "1-2-3"] {
            assert!(read(bad, 5).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_first_number_of_two_lists_is_found() {
        assert_eq!(common("0,2-4,7", "1,5,6-8", 9), Some(7));
        assert_eq!(common("3-6", "1-4", 9), Some(3));
        assert_eq!(common("0-2,x", "3,4", 9), None);
        assert_eq!(common("", "3", 9), None);
    }
}
