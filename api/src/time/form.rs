//! The two forms of time in objects, read as strictly as Go's clients read them.

use super::Time;
use super::civil::days_of;

/// How a field writes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `metav1.Time`: a fraction may be sent, and is dropped.
    Seconds,
    /// `metav1.MicroTime`: six digits behind the seconds, no fewer and no more.
    Micros,
}

/// Go has no bound; a refusal repeats the text.
const LONGEST: usize = 4096;

impl Form {
    /// Go's name of the form.
    const fn layout(self) -> &'static str {
        match self {
            Self::Seconds => "2006-01-02T15:04:05Z07:00",
            Self::Micros => "2006-01-02T15:04:05.000000Z07:00",
        }
    }

    /// The text of `time`; `None` of the first instant of the year 1, which is no time to Go.
    pub fn write(self, time: Time) -> Option<String> {
        (time != Time::NONE).then(|| match self {
            Self::Seconds => time.seconds(),
            Self::Micros => time.micros(),
        })
    }

    /// Whether `text` is as [`Form::write`] would write it.
    pub fn is_canonical(self, text: &str) -> bool {
        let (length, dot) = match self {
            Self::Seconds => (20, true),
            Self::Micros => (27, text.as_bytes().get(19) == Some(&b'.')),
        };
        text.len() == length && dot && text.ends_with('Z') && self.read(text).is_ok_and(|time| time != Time::NONE)
    }

    /// Reads `text`.
    ///
    /// # Errors
    /// Why it is not of this form, in the words of Go's `time.Parse`.
    pub fn read(self, text: &str) -> Result<Time, String> {
        if text.len() > LONGEST {
            return Err(format!("parsing time: it has more than {LONGEST} bytes"));
        }
        let mut rest = Rest { text, whole: text, layout: self.layout() };
        rest.time(self)
    }
}

/// What is not yet read. Its errors say what is left, and what of the form was expected there; or what is out of range.
struct Rest<'a> {
    text: &'a str,
    whole: &'a str,
    layout: &'static str,
}

impl<'a> Rest<'a> {
    fn time(&mut self, form: Form) -> Result<Time, String> {
        let year = self.number(4, 4, "2006")?;
        self.literal('-')?;
        let month = self.ranged(2, "01", 1..=12, "month")?;
        self.literal('-')?;
        let day = self.number(2, 2, "02")?;
        self.literal('T')?;
        // As in Go, which takes an hour of one digit here.
        let hour = self.ranged(1, "15", 0..=23, "hour")?;
        self.literal(':')?;
        let minute = self.ranged(2, "04", 0..=59, "minute")?;
        self.literal(':')?;
        let second = self.ranged(2, "05", 0..=59, "second")?;
        let micros = match form {
            Form::Seconds => self.any_fraction(),
            Form::Micros => self.six_digits()?,
        };
        let offset_minutes = self.offset()?;
        if !self.text.is_empty() {
            return Err(format!("parsing time {:?}: extra text: {:?}", self.whole, self.text));
        }
        let days = days_of(year, month, day).ok_or_else(|| self.out_of_range("day"))?;
        let seconds = ((days * 24 + hour) * 60 + minute - offset_minutes) * 60 + second;
        Ok(Time::from_micros(seconds * 1_000_000 + micros))
    }

    fn unfit(&self, expected: &str) -> String {
        format!("parsing time {:?} as {:?}: cannot parse {:?} as {expected:?}", self.whole, self.layout, self.text)
    }

    fn out_of_range(&self, what: &str) -> String {
        format!("parsing time {:?}: {what} out of range", self.whole)
    }

    fn literal(&mut self, letter: char) -> Result<(), String> {
        self.text = self.text.strip_prefix(letter).ok_or_else(|| self.unfit(letter.encode_utf8(&mut [0; 4])))?;
        Ok(())
    }

    /// How many digits come next, up to `most`.
    fn digits(&self, most: usize) -> usize {
        self.text.bytes().take(most).take_while(u8::is_ascii_digit).count()
    }

    /// The next `count` bytes, which are digits.
    fn take(&mut self, count: usize) -> i64 {
        let (number, rest) = self.text.split_at(count);
        self.text = rest;
        number.bytes().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
    }

    fn number(&mut self, least: usize, most: usize, expected: &str) -> Result<i64, String> {
        let count = self.digits(most);
        if count < least {
            return Err(self.unfit(expected));
        }
        Ok(self.take(count))
    }

    fn ranged(&mut self, least: usize, expected: &str, range: std::ops::RangeInclusive<i64>, what: &str) -> Result<i64, String> {
        let number = self.number(least, 2, expected)?;
        if range.contains(&number) { Ok(number) } else { Err(self.out_of_range(what)) }
    }

    /// Microseconds of a fraction of any length; digits beyond are dropped. Without digits it is none.
    fn any_fraction(&mut self) -> i64 {
        let Some(rest) = self.text.strip_prefix(['.', ',']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) else {
            return 0;
        };
        self.text = rest;
        let (all, first) = (self.digits(usize::MAX), self.digits(6));
        let micros = self.take(first) * 10_i64.pow(6 - first as u32);
        self.text = &self.text[all - first..];
        micros
    }

    fn six_digits(&mut self) -> Result<i64, String> {
        let rest = self.text.strip_prefix(['.', ',']);
        if rest.is_none_or(|rest| rest.len() < 6 || !rest.as_bytes()[..6].iter().all(u8::is_ascii_digit)) {
            return Err(self.unfit(".000000"));
        }
        self.text = rest.unwrap_or_default();
        Ok(self.take(6))
    }

    /// Minutes east of Greenwich. As Go, it takes 24 hours and 60 minutes.
    fn offset(&mut self) -> Result<i64, String> {
        if let Some(rest) = self.text.strip_prefix('Z') {
            self.text = rest;
            return Ok(0);
        }
        let bytes = self.text.as_bytes();
        let number = |at: usize| match bytes.get(at..at + 2) {
            Some([ten, one]) if ten.is_ascii_digit() && one.is_ascii_digit() => Some(i64::from((ten - b'0') * 10 + one - b'0')),
            _ => None,
        };
        let (Some(hours), Some(minutes), Some(b':'), Some(sign @ (b'+' | b'-'))) =
            (number(1), number(4), bytes.get(3), bytes.first())
        else {
            return Err(self.unfit("Z07:00"));
        };
        if hours > 24 {
            return Err(self.out_of_range("time zone offset hour"));
        }
        if minutes > 60 {
            return Err(self.out_of_range("time zone offset minute"));
        }
        let east = if *sign == b'-' { -1 } else { 1 };
        self.text = &self.text[6..];
        Ok(east * (hours * 60 + minutes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each was asked of Go's `time.Parse`.
    #[test]
    fn times_are_read_as_go_reads_them() {
        for (text, wanted) in [
            ("2026-01-02T03:04:05Z", Some("2026-01-02T03:04:05Z")),
            ("2026-01-02T03:04:05+02:00", Some("2026-01-02T01:04:05Z")),
            ("2026-01-02T03:04:05.123456789Z", Some("2026-01-02T03:04:05Z")),
            ("2026-01-02T03:04:05,5-01:30", Some("2026-01-02T04:34:05Z")),
            ("2026-01-02T3:04:05Z", Some("2026-01-02T03:04:05Z")),
            ("2024-02-29T00:00:00Z", Some("2024-02-29T00:00:00Z")),
            ("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59Z")),
            ("0000-01-01T00:00:00Z", Some("0000-01-01T00:00:00Z")),
            ("2026-01-02 03:04:05Z", None),
            ("2026-01-02t03:04:05Z", None),
            ("2026-01-02T03:04:05z", None),
            ("2026-01-02T03:04:05", None),
            ("2026-01-02T03:04:05.Z", None),
            ("2026-01-02T03:04:05Z[UTC]", None),
            ("2026-01-02T03:04:05+0200", None),
            ("2026-02-29T00:00:00Z", None),
            ("2026-01-02T24:00:00Z", None),
            ("2026-01-02T03:04:60Z", None),
            ("2026-01-02", None),
            ("", None),
        ] {
            assert_eq!(Form::Seconds.read(text).ok().map(Time::seconds).as_deref(), wanted, "{text}");
            assert_eq!(Form::Seconds.is_canonical(text), wanted == Some(text), "{text}");
        }
    }

    #[test]
    fn micro_times_have_six_digits() {
        for (text, wanted) in [
            ("2026-01-02T03:04:05.000006Z", Some("2026-01-02T03:04:05.000006Z")),
            ("2026-01-02T03:04:05.123456+00:00", Some("2026-01-02T03:04:05.123456Z")),
            ("2026-01-02T03:04:05,123456Z", Some("2026-01-02T03:04:05.123456Z")),
            ("2026-01-02T03:04:05Z", None),
            ("2026-01-02T03:04:05.123Z", None),
            ("2026-01-02T03:04:05.1234567Z", None),
        ] {
            assert_eq!(Form::Micros.read(text).ok().map(Time::micros).as_deref(), wanted, "{text}");
            assert_eq!(Form::Micros.is_canonical(text), wanted == Some(text), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_as_go_tells_it() {
        for (form, text, why) in [
            (
                Form::Micros,
                "2026-01-01T00:00:00Z",
                r#"parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000""#,
            ),
            (
                Form::Seconds,
                "2026-01-01 00:00:00Z",
                r#"parsing time "2026-01-01 00:00:00Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 00:00:00Z" as "T""#,
            ),
            (Form::Seconds, "2026-13-01T00:00:00Z", r#"parsing time "2026-13-01T00:00:00Z": month out of range"#),
            (Form::Seconds, "2026-02-30T00:00:00Z", r#"parsing time "2026-02-30T00:00:00Z": day out of range"#),
            (Form::Seconds, "2026-01-01T00:00:00ZZ", r#"parsing time "2026-01-01T00:00:00ZZ": extra text: "Z""#),
        ] {
            assert_eq!(form.read(text).unwrap_err(), why);
        }
    }

    #[test]
    fn the_first_instant_of_all_is_no_time() {
        let none = Form::Seconds.read("0001-01-01T00:00:00Z").unwrap();
        assert_eq!((Form::Seconds.write(none), Form::Micros.write(none)), (None, None));
        assert!(!Form::Seconds.is_canonical("0001-01-01T00:00:00Z"));
    }
}
