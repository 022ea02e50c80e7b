//! Timestamps: text and parts, in UTC or in a zone.

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use crate::evaluate::{EvaluationError, Tools};
use crate::value::Value;

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// The moment of an RFC 3339 text, between the years 1 and 9999.
pub(crate) fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let shaped = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18].into_iter().all(digit)
        && bytes.get(10) == Some(&b'T')
        && [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')].into_iter().all(|(at, sign)| bytes.get(at) == Some(&sign));
    let zone = text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let zoned = zone == "Z" || zone.len() == 6 && zone.starts_with(['+', '-']) && zone.get(3..4) == Some(":");
    if !shaped || !zoned || text.starts_with("0000") {
        return None;
    }
    text.parse().ok()
}

/// RFC 3339 in UTC.
pub(crate) fn format_timestamp(at: Timestamp) -> String {
    at.to_string()
}

fn in_zone(values: &[Value<'_>]) -> Result<Zoned, EvaluationError> {
    match values {
        [Value::Timestamp(at)] => Ok(at.to_zoned(TimeZone::UTC)),
        [Value::Timestamp(at), Value::String(zone)] => Ok(at.to_zoned(time_zone(zone)?)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn time_zone(name: &str) -> Result<TimeZone, EvaluationError> {
    let zone = match offset(name) {
        Some(seconds) => Offset::from_seconds(seconds).ok().map(TimeZone::fixed),
        None if name.is_empty() || name == "UTC" => Some(TimeZone::UTC),
        None => TimeZone::get(name).ok(),
    };
    zone.ok_or_else(|| EvaluationError::invalid(format!("unknown time zone {name}")))
}

/// Seconds of `+02:30` or `02:30`.
fn offset(name: &str) -> Option<i32> {
    let (sign, rest) = match name.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, name.strip_prefix('+').unwrap_or(name)),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours.abs() < 24 && (0..60).contains(&minutes)).then_some(sign * (hours * 3600 + minutes * 60))
}

fn part<'a>(values: &[Value<'a>], part: impl Fn(&Zoned) -> i64) -> Outcome<'a> {
    in_zone(values).map(|at| Value::Int(part(&at)))
}

/// A part of a timestamp, or how many of `unit` nanoseconds a duration has.
fn part_or_total<'a>(values: &[Value<'a>], unit: i64, of: impl Fn(&Zoned) -> i64) -> Outcome<'a> {
    match values {
        [Value::Duration(nanos)] => Ok(Value::Int(nanos / unit)),
        _ => part(values, of),
    }
}

pub(super) fn full_year<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |at| at.year().into())
}

pub(super) fn month<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |at| i64::from(at.month()) - 1)
}

pub(super) fn day_of_year<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |at| i64::from(at.day_of_year()) - 1)
}

pub(super) fn day_of_month<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |at| i64::from(at.day()) - 1)
}

pub(super) fn date<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |at| at.day().into())
}

pub(super) fn day_of_week<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |at| at.weekday().to_sunday_zero_offset().into())
}

pub(super) fn hours<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part_or_total(values, 3_600_000_000_000, |at| at.hour().into())
}

pub(super) fn minutes<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part_or_total(values, 60_000_000_000, |at| at.minute().into())
}

pub(super) fn seconds<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part_or_total(values, 1_000_000_000, |at| at.second().into())
}

pub(super) fn milliseconds<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::Duration(nanos)] => Ok(Value::Int(nanos / 1_000_000)),
        _ => part(values, |at| at.millisecond().into()),
    }
}
