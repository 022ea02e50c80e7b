//! Points in time, as the log and `metav1.Time` know them.

mod civil;
mod form;

use std::fmt;
use std::time::Duration;

pub(crate) use civil::is_day;
pub use form::Form;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time in microseconds since the Unix epoch, UTC.
///
/// Nothing in the deciding crates reads a clock; a `Time` always comes in as an argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The first instant of the year 1, which to Go is no time.
    pub const NONE: Self = Self(-62_135_596_800_000_000);

    /// The point `micros` microseconds after the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 text, with or without a fraction, also where it is written freely: [`Form::read`] is strict.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(time) = Form::Seconds.read(text) {
            return Some(time);
        }
        let timestamp: jiff::Timestamp = text.parse().ok()?;
        Some(Self(timestamp.as_microsecond()))
    }

    /// Whole seconds with `Z`, the form of `metav1.Time`: `2026-01-02T03:04:05Z`.
    pub fn seconds(self) -> String {
        let mut text = self.to_the_second();
        text.push('Z');
        text
    }

    /// Microseconds with `Z`, the form of `metav1.MicroTime`: `2026-01-02T03:04:05.000000Z`.
    pub fn micros(self) -> String {
        let mut text = self.to_the_second();
        text.push('.');
        digits(&mut text, 6, self.0.rem_euclid(1_000_000).unsigned_abs());
        text.push('Z');
        text
    }

    /// The form of HTTP's headers: `Fri, 02 Jan 2026 03:04:05 GMT`.
    pub fn http(self) -> String {
        let stamp = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        stamp.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// This point moved later by `duration`.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero where it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `2026-01-02T03:04:05`. Every write tells the time more than once: a general formatter takes ten times as long.
    fn to_the_second(self) -> String {
        let seconds = self.0.div_euclid(1_000_000);
        let (year, month, day) = civil::date_of(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        let mut text = String::with_capacity(28);
        if year < 0 {
            text.push('-');
        }
        let width = if year.unsigned_abs() > 9999 { 6 } else { 4 };
        digits(&mut text, width, year.unsigned_abs());
        let parts = [('-', month), ('-', day), ('T', of_day / 3600), (':', of_day / 60 % 60), (':', of_day % 60)];
        for (before, number) in parts {
            text.push(before);
            digits(&mut text, 2, number.unsigned_abs());
        }
        text
    }
}

/// Appends the last `count` digits of `number`.
fn digits(text: &mut String, count: u32, number: u64) {
    for place in (0..count).rev() {
        let digit = number / 10_u64.pow(place) % 10;
        text.push(char::from(b'0' + digit as u8));
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.micros())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.micros())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not an RFC 3339 time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_a_general_formatter_writes_them() {
        for micros in [0, -1, 1, 999_999, 1_767_323_045_123_456, -62_135_596_800_000_000, 253_402_207_199_999_999] {
            let stamp = jiff::Timestamp::from_microsecond(micros).unwrap();
            let wanted = stamp.strftime("%Y-%m-%dT%H:%M:%S").to_string();
            let time = Time::from_micros(micros);
            assert_eq!(time.seconds(), format!("{wanted}Z"));
            assert_eq!(time.micros(), format!("{wanted}.{:06}Z", micros.rem_euclid(1_000_000)));
        }
    }

    #[test]
    fn both_forms_of_time_read_back() {
        let time = Time::from_micros(1_767_323_045_000_123);
        assert_eq!(time.seconds(), "2026-01-02T03:04:05Z");
        assert_eq!(time.micros(), "2026-01-02T03:04:05.000123Z");
        assert_eq!(Time::parse(&time.micros()), Some(time));
        assert_eq!(Time::parse("9999-12-31T23:59:59Z").map(Time::micros).as_deref(), Some("9999-12-31T23:59:59.000000Z"));
        assert_eq!(Time::parse("0001-01-01T00:00:00Z").map(Time::seconds).as_deref(), Some("0001-01-01T00:00:00Z"));
    }
}
