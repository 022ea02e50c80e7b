//! Durations as text.

/// Nanoseconds in each unit.
const UNITS: [(&str, i128); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Longer units, which schemas allow and CEL does not.
const LONG_UNITS: [(&str, i128); 2] = [("d", 86_400_000_000_000), ("w", 604_800_000_000_000)];

/// Nanoseconds of Go's form: `1h30m`, `1.5s`, `-100ms`.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    parse(text, &|unit| UNITS.iter().find(|(name, _)| *name == unit).map(|(_, nanos)| *nanos))
}

/// As [`parse_duration`], with days and weeks too, as the format `duration` of schemas has them.
pub(crate) fn parse_duration_lenient(text: &str) -> Option<i64> {
    parse(text, &|unit| UNITS.iter().chain(&LONG_UNITS).find(|(name, _)| *name == unit).map(|(_, nanos)| *nanos))
}

fn parse(text: &str, unit: &dyn Fn(&str) -> Option<i128>) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut nanos = 0_i128;
    while !rest.is_empty() || nanos == 0 && rest.len() == text.len() {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (name, after) = split(after, |c| !c.is_ascii_digit() && c != '.');
        nanos = nanos.checked_add(amount(number, unit(name)?)?)?;
        rest = after;
    }
    if text.len() == usize::from(text.starts_with(['-', '+'])) {
        return None;
    }
    i64::try_from(if negative { -nanos } else { nanos }).ok()
}

fn split(text: &str, keep: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !keep(c)).unwrap_or(text.len()))
}

fn amount(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let mut nanos = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()?.into() };
    nanos = unit.checked_mul(nanos)?;
    let mut part = unit;
    for digit in fraction.bytes() {
        part /= 10;
        nanos += part * i128::from(digit - b'0');
    }
    Some(nanos)
}

/// Seconds, as CEL writes durations: `90s`, `0.5s`.
pub(crate) fn format_duration(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let (seconds, rest) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
    if rest == 0 {
        return format!("{sign}{seconds}s");
    }
    let fraction = format!("{rest:09}");
    format!("{sign}{seconds}.{}s", fraction.trim_end_matches('0'))
}
