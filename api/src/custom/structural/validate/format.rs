//! The formats of texts that upstream checks; others are taken as they are.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use crate::kind::validate::{dns_label_fault, dns_subdomain_fault};

/// Whether `text` is of `format`.
pub(super) fn has_format(format: &str, text: &str) -> bool {
    match format.replace('-', "").as_str() {
        "datetime" => is_date_time(text),
        "date" => is_date(text),
        "duration" => is_duration(text),
        "byte" => is_base64(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => is_cidr(text),
        "mac" => is_mac(text),
        "hostname" => text.len() <= 255 && matches("hostname", text),
        "uri" => is_uri(text),
        "email" | "uuid" | "uuid3" | "uuid4" | "uuid5" | "hexcolor" | "rgbcolor" | "ssn" | "bsonobjectid" => {
            matches(&format.replace('-', ""), text)
        }
        "isbn" => is_isbn(text, 10) || is_isbn(text, 13),
        "isbn10" => is_isbn(text, 10),
        "isbn13" => is_isbn(text, 13),
        "creditcard" => is_card(text),
        "k8sshortname" => dns_label_fault(text).is_none(),
        "k8slongname" => dns_subdomain_fault(text).is_none(),
        _ => true,
    }
}

/// A day of the calendar, as RFC 3339 writes it.
fn is_date(text: &str) -> bool {
    let digits = |from: usize, to: usize| text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let number = |from: usize, to: usize| digits(from, to).and_then(|part| part.parse::<u32>().ok());
    let (Some(year), Some(month), Some(day)) = (number(0, 4), number(5, 7), number(8, 10)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-") && (1..=days).contains(&day)
}

/// A day, `T`, and a time of it with its zone. There are no leap seconds, any zone is one, and a fraction is told off by any sign.
fn is_date_time(text: &str) -> bool {
    static TIME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](.[0-9]+)?([zZ]|[+-][0-9]{2}:[0-9]{2})$").ok());
    let Some((date, time)) = text.split_once(['t', 'T']) else { return false };
    is_date(date) && TIME.as_ref().is_some_and(|pattern| pattern.is_match(time))
}

/// Groups of four letters, the last one filled up: there is at least one, and nothing else.
fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let plain = body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    plain && !text.is_empty() && text.len().is_multiple_of(4) && text.len() - body.len() <= 2
}

const PATTERNS: [(&str, &str); 10] = [
    ("hostname", r"^[a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9_])?)*\.?$"),
    ("email", r"^[^@\s<>]+@[^@\s<>]+$"),
    ("uuid", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$"),
    ("uuid3", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$"),
    ("uuid4", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$"),
    ("uuid5", r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$"),
    ("hexcolor", r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"),
    ("rgbcolor", r"^rgb\(\s*(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])\s*(,\s*(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])\s*){2}\)$"),
    ("ssn", r"^\d{3}[- ]?\d{2}[- ]?\d{4}$"),
    ("bsonobjectid", r"^[0-9a-fA-F]{24}$"),
];

fn matches(format: &str, text: &str) -> bool {
    static COMPILED: LazyLock<Vec<(&str, Regex)>> =
        LazyLock::new(|| PATTERNS.iter().filter_map(|(name, pattern)| Some((*name, Regex::new(pattern).ok()?))).collect());
    COMPILED.iter().any(|(name, regex)| *name == format && regex.is_match(text))
}

/// A Go duration, or whole units spelled out.
fn is_duration(text: &str) -> bool {
    static PARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let units = "ns|us|µs|μs|ms|s|m|h|d|w|nanos?|nanoseconds?|micros?|microseconds?|millis?|milliseconds?|sec|secs|seconds?|min|mins|minutes?|hr|hrs|hours?|days?|wk|wks|weeks?";
        Regex::new(&format!(r"^[+-]?(\d+(\.\d*)?|\.\d+)\s*({units})(\s*(\d+(\.\d*)?|\.\d+)\s*({units}))*$")).ok()
    });
    text == "0" || PARTS.as_ref().is_some_and(|parts| parts.is_match(text))
}

fn is_cidr(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    let prefix = prefix.parse::<u8>().ok().filter(|_| !prefix.starts_with('+'));
    let most = if address.parse::<Ipv4Addr>().is_ok() { 32 } else { 128 };
    (most == 32 || address.parse::<Ipv6Addr>().is_ok()) && prefix.is_some_and(|prefix| prefix <= most)
}

fn is_mac(text: &str) -> bool {
    let groups = |separator: char, digits: usize| {
        let parts: Vec<&str> = text.split(separator).collect();
        let fine = parts.iter().all(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
        fine && matches!(parts.len() * digits, 12 | 16 | 40)
    };
    groups(':', 2) || groups('-', 2) || groups('.', 4)
}

fn is_uri(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let absolute = text.contains(':') && scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(plain);
    (absolute || text.starts_with('/')) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn is_isbn(text: &str, length: usize) -> bool {
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .enumerate()
        .map_while(|(at, c)| if c == 'X' && at == 9 { Some(10) } else { c.to_digit(10) })
        .collect();
    if digits.len() != length || text.chars().filter(|c| !matches!(c, '-' | ' ')).count() != length {
        return false;
    }
    let weighted = digits.iter().enumerate().map(|(at, digit)| match length {
        10 => digit * (10 - at as u32),
        _ => digit * if at % 2 == 0 { 1 } else { 3 },
    });
    weighted.sum::<u32>() % if length == 10 { 11 } else { 10 } == 0
}

fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter(|c| !matches!(c, '-' | ' ')).map_while(|c| c.to_digit(10)).collect();
    let doubled = digits.iter().rev().enumerate().map(|(at, digit)| match at % 2 {
        0 => *digit,
        _ if *digit > 4 => digit * 2 - 9,
        _ => digit * 2,
    });
    (13..=19).contains(&digits.len()) && doubled.sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_of_their_format() {
        assert!(!has_format("byte", ""));
        for (format, good, bad) in [
            ("date-time", "2026-01-02T03:04:05Z", "2026-01-02"),
            ("date-time", "9999-12-31T23:59:59Z", "2026-01-02 03:04:05Z"),
            ("date-time", "0000-02-29t03:04:05.123456789123+99:00", "2026-01-02T03:04Z"),
            ("date-time", "2024-02-29T00:00:00z", "2026-02-29T00:00:00Z"),
            ("date-time", "2026-12-31T23:59:59-00:00", "2026-12-31T23:59:60Z"),
            ("date-time", "2026-12-31T00:00:00Z", "2026-12-31T24:00:00Z"),
            ("date-time", "2026-12-31T00:00:00Z", "2026-12-31T00:00:00"),
            ("date", "2026-01-02", "2026-13-02"),
            ("date", "2000-02-29", "1900-02-29"),
            ("date", "2026-04-30", "2026-04-31"),
            ("byte", "YWI=", "YW=I"),
            ("byte", "YWJj", "YWJj\n"),
            ("byte", "YR==", "Y==="),
            ("duration", "1h30m", "1x"),
            ("byte", "Yg==", "Y"),
            ("ipv4", "10.0.0.1", "10.0.0.256"),
            ("ipv6", "::1", "10.0.0.1"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("mac", "00:00:5e:00:53:01", "00:00:5e"),
            ("hostname", "a-b.example.com", "a_-.b..c"),
            ("uri", "https://example.com/x", "no uri"),
            ("email", "a@example.com", "a.example.com"),
            ("uuid4", "a6a2bdc0-3d3f-4c5b-9d2a-0c8a8d4f5e6b", "a6a2bdc0-3d3f-1c5b-9d2a-0c8a8d4f5e6b"),
            ("hexcolor", "#ffF", "#ffffg"),
            ("rgbcolor", "rgb(1, 22,255)", "rgb(1,2,256)"),
            ("isbn", "978-3-16-148410-0", "978-3-16-148410-1"),
            ("creditcard", "4111-1111-1111-1111", "4111-1111-1111-1112"),
            ("anything", "x", ""),
        ] {
            assert!(has_format(format, good), "{format} {good}");
            assert_eq!(has_format(format, bad), bad.is_empty(), "{format} {bad}");
        }
    }
}
