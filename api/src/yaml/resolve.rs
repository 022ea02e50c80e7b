//! What a text without quotes would be read as by Go's library.

/// Words for true, false, nothing, and numbers that have no digits; no other mix of capitals counts.
const WORDS: [&str; 39] = [
    "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "n", "N", "no",
    "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf",
    "+.INF", "-.inf", "-.Inf", "-.INF",
];

/// Whether plain `text` would read as something other than text, be it only by another reader of YAML 1.1.
pub(super) fn means_something_else(text: &str) -> bool {
    if WORDS.contains(&text) {
        return true;
    }
    match text.bytes().next() {
        Some(b'.') => is_float(text),
        Some(b'+' | b'-' | b'0'..=b'9') => {
            let digits = text.replace('_', "");
            is_time(text) || is_whole(&digits) || is_float(&digits) || is_sixty(text)
        }
        _ => false,
    }
}

/// A whole number of any base, within 64 bits.
fn is_whole(text: &str) -> bool {
    let (sign, unsigned) = match text.as_bytes().first() {
        Some(b'-' | b'+') => text.split_at(1),
        _ => ("", text),
    };
    let (base, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, unsigned.get(2..)),
        [b'0', b'b' | b'B', ..] => (2, unsigned.get(2..)),
        [b'0', b'o' | b'O', ..] => (8, unsigned.get(2..)),
        [b'0', _, ..] => (8, unsigned.get(1..)),
        _ => (10, Some(unsigned)),
    };
    let digits = digits.unwrap_or_default();
    // Behind the sign of base two there may be another.
    let signed = digits.starts_with(['+', '-']);
    if signed {
        return sign.is_empty() && unsigned.starts_with("0b") && i64::from_str_radix(digits, 2).is_ok();
    }
    i64::from_str_radix(&format!("{sign}{digits}"), base).is_ok()
        || (sign.is_empty() && u64::from_str_radix(digits, base).is_ok())
}

/// A finite number to the base of ten, with or without a fraction and an exponent.
fn is_float(text: &str) -> bool {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    is_number && text.parse().is_ok_and(f64::is_finite)
}

/// A number to the base of sixty: `1:30`.
fn is_sixty(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let Some((first, rest)) = whole.split_once(':') else { return false };
    let part = |part: &str| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    };
    first.starts_with(|letter: char| letter.is_ascii_digit()) && digits(first) && rest.split(':').all(part) && digits(fraction)
}

/// A day, or a time of a day, that there is: `2001-1-1`, `2001-01-01T00:00:00Z`, `2001-01-01 0:0:0.5`.
fn is_time(text: &str) -> bool {
    let mut rest = Rest(text);
    rest.day().is_some() && rest.is_end_or_clock()
}

fn is_day(year: u32, month: u32, day: u32) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// What is left to read of a time.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// Takes from `least` to `most` digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count >= least)?;
        self.0 = rest;
        digits.parse().ok()
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        self.0 = self.0.strip_prefix(sign)?;
        Some(())
    }

    fn day(&mut self) -> Option<()> {
        let year = self.digits(4, 4)?;
        self.sign('-')?;
        let month = self.digits(1, 2)?;
        self.sign('-')?;
        let day = self.digits(1, 2)?;
        is_day(year, month, day).then_some(())
    }

    /// Nothing is left, or a time of the day.
    fn is_end_or_clock(&mut self) -> bool {
        let zoned = self.0.starts_with(['T', 't']);
        if !zoned && !self.0.starts_with(' ') {
            return self.0.is_empty();
        }
        self.0 = if zoned { self.0.get(1..).unwrap_or_default() } else { self.0.trim_start_matches(' ') };
        self.clock().is_some() && if zoned { self.zone().is_some() } else { self.0.is_empty() }
    }

    fn clock(&mut self) -> Option<()> {
        self.digits(1, 2).filter(|hour| *hour < 24)?;
        self.sign(':')?;
        self.digits(1, 2).filter(|minute| *minute < 60)?;
        self.sign(':')?;
        self.digits(1, 2).filter(|second| *second < 60)?;
        if let Some(fraction) =
            self.0.strip_prefix(['.', ',']).filter(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
        {
            self.0 = fraction.trim_start_matches(|letter: char| letter.is_ascii_digit());
        }
        Some(())
    }

    fn zone(&mut self) -> Option<()> {
        if self.sign('Z').is_none() {
            self.0 = self.0.strip_prefix(['+', '-'])?;
            self.digits(2, 2).filter(|hour| *hour <= 24)?;
            self.sign(':')?;
            self.digits(2, 2).filter(|minute| *minute <= 60)?;
        }
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_words_and_times_need_quotes() {
        for text in [
            "",
            "~",
            "Null",
            "y",
            "ON",
            "Off",
            ".NaN",
            "-.inf",
            "+.Inf",
            "1",
            "-1",
            "+1",
            "0x1F",
            "0b11",
            "0b-1",
            "0o17",
            "017",
            "1_000",
            "1_",
            "08",
            "1.",
            ".5",
            "-.5",
            "1e3",
            "1.5E-7",
            "18446744073709551615",
            "99999999999999999999",
            "1:30",
            "-1_0:5:59.5_",
            "2001-1-1",
            "2024-02-29",
            "2001-01-01T00:00:00Z",
            "2001-01-01t1:2:3.5+24:60",
            "2001-01-01  1:2:3,5",
        ] {
            assert!(means_something_else(text), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_them_needs_none() {
        for text in [
            "=",
            "<<",
            "yEs",
            "nULL",
            "tRue",
            ".iNf",
            "_1",
            "1e999",
            "0x",
            "0xg",
            "0xFFFFFFFFFFFFFFFFFF",
            "-0b-1",
            "+",
            "-",
            ".",
            "1.2.3",
            ".e1",
            "._5",
            "100m",
            "1:60",
            "1:",
            ":1",
            "a:1",
            "2001-13-01",
            "2023-02-29",
            "2001-01-01T00:00",
            "2001-01-01T00:00:00",
            "2001-01-01 1:2:3Z",
            "2001-01-01T24:0:0Z",
            "20010-1-1",
            "infinity",
            "+nan",
        ] {
            assert!(!means_something_else(text), "{text}");
        }
    }
}
