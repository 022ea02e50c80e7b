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
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let (first, end) = part.split_once('-').map_or((part, None), |(first, end)| (first, Some(end)));
        let number = |text: &str| {
            let number: i64 = text.parse().map_err(|_| format!("cannot convert string to integer for index: {text:?}"))?;
            if number >= completions { Err(format!("too large index: {text:?}")) } else { Ok(number) }
        };
        let begin = number(first)?;
        if begin <= last {
            return Err(format!("non-increasing order, previous: {last}, current: {begin}"));
        }
        let finish = end.map_or(Ok(begin), number)?;
        if end.is_some() && finish <= begin {
            return Err(format!("non-increasing order, previous: {begin}, current: {finish}"));
        }
        count += finish - begin + 1;
        last = finish;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_listed_in_order_and_below_the_count() {
        assert_eq!(read("", 3), Ok(0));
        assert_eq!(read("0,2-4", 5), Ok(4));
        for bad in ["5", "2,1", "3-2", "x", "1-"] {
            assert!(read(bad, 5).is_err(), "{bad}");
        }
    }
}
