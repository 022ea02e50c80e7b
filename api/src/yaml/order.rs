//! The order of names in a map.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// The members of a map in the order of Go's library.
///
/// That order is no total one (`2` < `11` < `1b` < `2`), which the sort of the standard library may answer with a panic; so
/// halves are merged here.
pub(super) fn sorted(members: &Map<String, Value>) -> Vec<(&str, &Value)> {
    merged(members.iter().map(|(name, value)| (name.as_str(), value)).collect())
}

fn merged<'a>(mut members: Vec<(&'a str, &'a Value)>) -> Vec<(&'a str, &'a Value)> {
    if members.is_sorted_by(|(a, _), (b, _)| natural(a, b).is_le()) {
        return members;
    }
    let mut later = merged(members.split_off(members.len() / 2)).into_iter().peekable();
    let mut both = Vec::with_capacity(members.len() + later.len());
    for member in merged(members) {
        while let Some(first) = later.next_if(|(name, _)| natural(name, member.0).is_lt()) {
            both.push(first);
        }
        both.push(member);
    }
    both.extend(later);
    both
}

/// Numbers inside names by value, other signs before letters.
fn natural(a: &str, b: &str) -> Ordering {
    let same: usize = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(letter, _)| letter.len_utf8()).sum();
    let (before, rest_a) = a.split_at(same);
    let rest_b = b.get(same..).unwrap_or_default();
    let (Some(first_a), Some(first_b)) = (rest_a.chars().next(), rest_b.chars().next()) else {
        return rest_a.len().cmp(&rest_b.len());
    };
    match (first_a.is_alphabetic(), first_b.is_alphabetic()) {
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (true, true) => return first_a.cmp(&first_b),
        (false, false) => {}
    }
    // A nought counts for nothing but behind another digit that both have.
    let goes_on =
        (first_a == '0' || first_b == '0') && before.trim_end_matches('0').ends_with(|last: char| last.is_ascii_digit());
    let number = |rest: &str| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit);
        (
            digits
                .clone()
                .fold(i64::from(goes_on), |number, digit| number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'))),
            digits.count(),
        )
    };
    number(rest_a).cmp(&number(rest_b)).then(first_a.cmp(&first_b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(names: &[&str]) -> Vec<String> {
        let members: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        sorted(&members).into_iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn keys_sort_as_in_go() {
        assert_eq!(order(&["b", "a10", "a2", "a-1", "A", "ab", "a", "é"]), ["A", "a", "a-1", "a2", "a10", "ab", "b", "é"]);
        assert_eq!(
            order(&["a1-", "a10", "a11", "a01", "a0", "a00", "a1", "a100"]),
            ["a0", "a00", "a1", "a1-", "a01", "a10", "a11", "a100"]
        );
    }

    #[test]
    fn names_in_no_order_are_no_fault() {
        let names: Vec<String> = (0..500).map(|number: u32| format!("{:x}", number.wrapping_mul(2_654_435_761))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(order(&names).len(), 500);
        assert!(natural("2", "11").is_lt() && natural("11", "1b").is_lt() && natural("1b", "2").is_lt());
    }
}
