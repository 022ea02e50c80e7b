//! Durations as people read and write them.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// `seconds` in the short form of kubectl's ages: `119s`, `5m3s`, `2d4h`, `3y12d`. One second into the
/// future, as skewed clocks give, is `0s`; more is `<invalid>`.
pub fn human(seconds: i64) -> String {
    match seconds {
        i64::MIN..-1 => "<invalid>".into(),
        -1..0 => "0s".into(),
        0..120 => format!("{seconds}s"),
        120..600 => two(seconds, (MINUTE, "m"), (1, "s")),
        600..10_800 => format!("{}m", seconds / MINUTE),
        10_800..28_800 => two(seconds, (HOUR, "h"), (MINUTE, "m")),
        28_800..172_800 => format!("{}h", seconds / HOUR),
        172_800..691_200 => two(seconds, (DAY, "d"), (HOUR, "h")),
        691_200..63_072_000 => format!("{}d", seconds / DAY),
        63_072_000..252_288_000 => two(seconds, (YEAR, "y"), (DAY, "d")),
        _ => format!("{}y", seconds / YEAR),
    }
}

fn two(seconds: i64, large: (i64, &str), small: (i64, &str)) -> String {
    let (many, few) = (seconds / large.0, seconds % large.0 / small.0);
    if few == 0 { format!("{many}{}", large.1) } else { format!("{many}{}{few}{}", large.1, small.1) }
}

/// Nanoseconds of Go's units.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];
/// Digits behind a point that count.
const FRACTION: usize = 18;

/// The nanoseconds of a duration in Go's form: `1h30m`, `-1.5s`, `0`.
///
/// # Errors
/// What is wrong, in the words of Go's `time.ParseDuration`.
pub fn go(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = after.strip_prefix('.').map_or(("", after), digits);
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let (unit, after) = after.split_at(after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len()));
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {text:?}"));
        }
        let known = UNITS.iter().find(|(name, _)| *name == unit);
        let (_, nanos) = known.ok_or_else(|| format!("time: unknown unit {unit:?} in duration {text:?}"))?;
        let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<u64>().ok().map(u128::from) };
        let counted = fraction.get(..FRACTION).unwrap_or(fraction);
        let part = number(counted).ok_or_else(invalid)? * nanos / 10_u128.pow(counted.len() as u32);
        total = total.saturating_add(number(whole).ok_or_else(invalid)? * nanos + part);
        rest = after;
    }
    let total = i64::try_from(total).map_err(|_| invalid())?;
    Ok(if negative { -total } else { total })
}

/// The digits that `text` begins with, and what follows.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_as_in_kubectl() {
        let pairs = [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (303, "5m3s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (3 * HOUR + 61, "3h1m"),
            (8 * HOUR + 1, "8h"),
            (47 * HOUR, "47h"),
            (52 * HOUR, "2d4h"),
            (8 * DAY, "8d"),
            (729 * DAY, "729d"),
            (2 * YEAR, "2y"),
            (3 * YEAR + 12 * DAY, "3y12d"),
            (8 * YEAR + DAY, "8y"),
        ];
        for (seconds, text) in pairs {
            assert_eq!(human(seconds), text);
        }
    }
    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanos) in [
            ("0", 0),
            ("5s", 5_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("-1.5s", -1_500_000_000),
            ("+.5ms", 500_000),
            ("1.s2us3\u{b5}s", 1_000_005_000),
            ("0.1000000000000000000000000001s", 100_000_000),
        ] {
            assert_eq!(go(text), Ok(nanos), "{text}");
        }
        for (text, why) in [
            ("", "time: invalid duration \"\""),
            ("abc", "time: invalid duration \"abc\""),
            ("-", "time: invalid duration \"-\""),
            (".s", "time: invalid duration \".s\""),
            ("5", "time: missing unit in duration \"5\""),
            ("5d", "time: unknown unit \"d\" in duration \"5d\""),
            ("5s 1m", "time: unknown unit \"s \" in duration \"5s 1m\""),
            ("9999999h", "time: invalid duration \"9999999h\""),
            ("99999999999999999999h", "time: invalid duration \"99999999999999999999h\""),
        ] {
            assert_eq!(go(text), Err(why.to_owned()), "{text}");
        }
    }
}
