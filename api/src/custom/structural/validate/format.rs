//! The formats of texts that upstream checks; others are taken as they are.

use std::sync::LazyLock;

use regex::Regex;

use super::email::is_email;
use super::format_net::{is_cidr, is_ipv4, is_ipv6, is_mac, is_uri};
use crate::duration;
use crate::kind::validate::{dns_label_fault, dns_subdomain_fault};
use crate::time::is_day;

/// What a text must be.
type Check = fn(&str) -> bool;

/// The formats, by their names without hyphens.
const FORMATS: [(&str, Check); 26] = [
    ("bsonobjectid", |text| matches("bsonobjectid", text)),
    ("byte", is_base64),
    ("cidr", is_cidr),
    ("creditcard", is_card),
    ("date", is_date),
    ("datetime", is_date_time),
    ("duration", is_duration),
    ("email", is_email),
    ("hexcolor", |text| matches("hexcolor", text)),
    ("hostname", is_hostname),
    ("ipv4", is_ipv4),
    ("ipv6", is_ipv6),
    ("isbn", |text| is_isbn(text, 10) || is_isbn(text, 13)),
    ("isbn10", |text| is_isbn(text, 10)),
    ("isbn13", |text| is_isbn(text, 13)),
    ("k8slongname", |text| dns_subdomain_fault(text).is_none()),
    ("k8sshortname", |text| dns_label_fault(text).is_none()),
    ("mac", is_mac),
    ("password", |_| true),
    ("rgbcolor", |text| matches("rgbcolor", text)),
    ("ssn", |text| matches("ssn", text)),
    ("uri", is_uri),
    ("uuid", |text| matches("uuid", text)),
    ("uuid3", |text| matches("uuid3", text)),
    ("uuid4", |text| matches("uuid4", text)),
    ("uuid5", |text| matches("uuid5", text)),
];

/// How texts of `format` are checked, where they are.
pub(in crate::custom::structural) fn check_of(format: &str) -> Option<Check> {
    let plain = format.replace('-', "");
    FORMATS.iter().find(|(name, _)| *name == plain).map(|(_, check)| *check)
}

/// A day of the calendar, as RFC 3339 writes it.
fn is_date(text: &str) -> bool {
    let digits = |from: usize, to: usize| text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let number = |from: usize, to: usize| digits(from, to).and_then(|part| part.parse::<i64>().ok());
    let (Some(year), Some(month), Some(day)) = (number(0, 4), number(5, 7), number(8, 10)) else { return false };
    text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-") && is_day(year, month, day)
}

/// A day, `T`, and a time of it with its zone. There are no leap seconds, any zone is one, a fraction is told off by any sign,
/// and what follows a second `T` is not looked at.
fn is_date_time(text: &str) -> bool {
    static TIME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](.[0-9]+)?([zZ]|[+-][0-9]{2}:[0-9]{2})$").ok());
    let mut parts = text.split(['t', 'T']);
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    is_date(date) && TIME.as_ref().is_some_and(|pattern| pattern.is_match(time))
}

/// Groups of four letters, the last one filled up: there is at least one, and nothing else.
fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let plain = body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    plain && !text.is_empty() && text.len().is_multiple_of(4) && text.len() - body.len() <= 2
}

const PATTERNS: [(&str, &str); 11] = [
    (
        "hostname",
        r"^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\p{S}\p{L}-]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$",
    ),
    ("uuid", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$"),
    ("uuid3", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$"),
    ("uuid4", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$"),
    ("uuid5", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$"),
    ("hexcolor", r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"),
    (
        "rgbcolor",
        r"^rgb\(_*(0|[1-9][0-9]?|1[0-9][0-9]?|2[0-4][0-9]|25[0-5])_*(,_*(0|[1-9][0-9]?|1[0-9][0-9]?|2[0-4][0-9]|25[0-5])_*){2}\)$",
    ),
    ("ssn", r"^[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}$"),
    ("bsonobjectid", r"^[0-9a-fA-F]{24}$"),
    (
        "creditcard",
        r"^(4[0-9]{12}([0-9]{3})?|5[1-5][0-9]{14}|6(011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(0[0-5]|[68][0-9])[0-9]{11}|(2131|1800|35[0-9]{3})[0-9]{11})$",
    ),
    ("duration", r"([0-9]+)_*([A-Za-zµ]+)"),
];

/// The pattern of `format`; blanks are written `_` in the list.
fn pattern(format: &str) -> Option<&'static Regex> {
    static COMPILED: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
        let compiled = |pattern: &str| Regex::new(&pattern.replace('_', r"[\t\n\f\r ]")).ok();
        PATTERNS.iter().filter_map(|(name, pattern)| Some((*name, compiled(pattern)?))).collect()
    });
    COMPILED.iter().find(|(name, _)| *name == format).map(|(_, regex)| regex)
}

fn matches(format: &str, text: &str) -> bool {
    pattern(format).is_some_and(|regex| regex.is_match(text))
}

fn is_hostname(text: &str) -> bool {
    text.len() <= 255 && text.split('.').all(|label| label.len() <= 63) && matches("hostname", text)
}

/// A Go duration, or anything in which a whole number stands before a unit that may be spelled out.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 14] = ["ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk", "sec", "min", "day"];
    const BEGINNINGS: [&str; 8] = ["nano", "micro", "milli", "sec", "min", "hour", "day", "week"];
    if duration::go(text).is_ok() {
        return true;
    }
    let Some(parts) = pattern("duration") else { return false };
    let mut found = false;
    for part in parts.captures_iter(text) {
        if part[1].parse::<i64>().is_err() {
            return false;
        }
        let unit = part[2].to_lowercase();
        found |= UNITS.contains(&&*unit) || BEGINNINGS.iter().any(|word| unit.starts_with(word));
    }
    found
}

fn is_isbn(text: &str, length: usize) -> bool {
    let digits: Vec<u32> = text
        .chars()
        .filter(|letter| !matches!(letter, '-' | ' ' | '\t' | '\n' | '\u{c}' | '\r'))
        .enumerate()
        .map(|(at, letter)| if letter == 'X' && at == 9 && length == 10 { 10 } else { letter.to_digit(10).unwrap_or(99) })
        .collect();
    if digits.len() != length || digits.contains(&99) {
        return false;
    }
    let weighted = digits.iter().enumerate().map(|(at, digit)| match length {
        10 => digit * (10 - at as u32),
        _ => digit * if at % 2 == 0 { 1 } else { 3 },
    });
    weighted.sum::<u32>() % if length == 10 { 11 } else { 10 } == 0
}

/// The number of a card of a known brand, whatever stands between its digits.
fn is_card(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let doubled = digits.chars().rev().filter_map(|digit| digit.to_digit(10)).enumerate().map(|(at, digit)| match at % 2 {
        0 => digit,
        _ if digit > 4 => digit * 2 - 9,
        _ => digit * 2,
    });
    doubled.sum::<u32>() % 10 == 0 && matches("creditcard", &digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_of_their_format() {
        let has_format = |format: &str, text: &str| check_of(format).is_none_or(|check| check(text));
        assert!(!has_format("byte", ""));
        for (format, good, bad) in [
            ("date-time", "2026-01-02T03:04:05Z", "2026-01-02"),
            ("date-time", "9999-12-31T23:59:59Z", "2026-01-02 03:04:05Z"),
            ("date-time", "0000-02-29t03:04:05.123456789123+99:00", "2026-01-02T03:04Z"),
            ("date-time", "2024-02-29T00:00:00z", "2026-02-29T00:00:00Z"),
            ("date-time", "2026-12-31T23:59:59-00:00", "2026-12-31T23:59:60Z"),
            ("date-time", "2026-12-31T00:00:00ZT", "2026-12-31T24:00:00Z"),
            ("date", "2000-02-29", "1900-02-29"),
            ("date", "2026-04-30", "2026-04-31"),
            ("byte", "YWI=", "YW=I"),
            ("byte", "YWJj", "YWJj\n"),
            ("byte", "YR==", "Y==="),
            ("duration", "1h30m", "1x"),
            ("duration", "about 3 weeks", "three weeks"),
            ("duration", "1.5h", "99999999999999999999 days"),
            ("hostname", "a-b.example.com", "a_-.b..c"),
            ("uuid4", "a6a2bdc0-3d3f-4c5b-9d2a-0c8a8d4f5e6b", "a6a2bdc0-3d3f-1c5b-9d2a-0c8a8d4f5e6b"),
            ("hexcolor", "#ffF", "#ffffg"),
            ("rgbcolor", "rgb(1, 22,255)", "rgb(1,2,256)"),
            ("rgbcolor", "rgb( 0,0,0 )", "rgb(1,2,03)"),
            ("ssn", "111-11 1111", "111111111"),
            ("isbn", "978-3-16-148410-0", "978-3-16-148410-1"),
            ("creditcard", "4111-1111-1111-1111", "4111-1111-1111-1112"),
            ("creditcard", "card 4111111111111111!", "0000000000000000"),
            ("k8s-short-name", "a-1", "a.1"),
            ("anything", "x", ""),
        ] {
            assert!(has_format(format, good), "{format} {good}");
            assert_eq!(has_format(format, bad), bad.is_empty(), "{format} {bad}");
        }
    }
}
