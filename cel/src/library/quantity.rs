//! Quantities: `1.5Gi`, `100m`.

use crate::evaluate::{EvaluationError, Tools};
use crate::value::{Inner, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// A quantity, exact to a billionth; larger ones than 2⁶³−1 count as that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity(i128);

const NANO: i128 = 1_000_000_000;
const MOST: i128 = i64::MAX as i128 * NANO;

/// Suffixes: base and exponent.
const SUFFIXES: [(&str, i128, u32); 12] = [
    ("Ki", 1024, 1),
    ("Mi", 1024, 2),
    ("Gi", 1024, 3),
    ("Ti", 1024, 4),
    ("Pi", 1024, 5),
    ("Ei", 1024, 6),
    ("k", 1000, 1),
    ("M", 1000, 2),
    ("G", 1000, 3),
    ("T", 1000, 4),
    ("P", 1000, 5),
    ("E", 1000, 6),
];

impl Quantity {
    fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let (numerator, denominator) = factor(suffix)?;
        let nanos = scaled(whole, fraction, numerator, denominator);
        Some(Self(if negative { -nanos } else { nanos }))
    }

    fn capped(nanos: i128) -> Self {
        Self(nanos.clamp(-MOST, MOST))
    }

    fn integer(self) -> Option<i64> {
        if self.0 % NANO == 0 { i64::try_from(self.0 / NANO).ok() } else { None }
    }
}

/// What a suffix multiplies by, over what it divides by.
fn factor(suffix: &str) -> Option<(i128, i128)> {
    match suffix {
        "" => return Some((1, 1)),
        "m" => return Some((1, 1_000)),
        "u" => return Some((1, 1_000_000)),
        "n" => return Some((1, NANO)),
        _ => {}
    }
    if let Some((_, base, exponent)) = SUFFIXES.iter().find(|(name, ..)| *name == suffix) {
        return Some((base.checked_pow(*exponent)?, 1));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs().min(30))?;
    Some(if exponent < 0 { (1, power) } else { (power, 1) })
}

/// `whole.fraction × numerator ÷ denominator` in billionths, rounded up, at most [`MOST`].
fn scaled(whole: &str, fraction: &str, numerator: i128, denominator: i128) -> i128 {
    let digits: String = whole.chars().chain(fraction.chars().take(18)).collect();
    let digits = digits.trim_start_matches('0');
    if digits.len() > 36 {
        return MOST;
    }
    let value: i128 = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(MOST) };
    let places = u32::try_from(fraction.len().min(18)).unwrap_or(18);
    let below = denominator.saturating_mul(10_i128.pow(places));
    let (mut above, mut below) = (numerator.saturating_mul(NANO), below);
    let common = gcd(above, below);
    (above, below) = (above / common, below / common);
    match value.checked_mul(above) {
        Some(product) => (product.div_euclid(below) + i128::from(product.rem_euclid(below) != 0)).min(MOST),
        None => value.div_euclid(below).saturating_mul(above).min(MOST),
    }
}

const fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a == 0 { 1 } else { a }
}

fn of(value: Option<&Value<'_>>) -> Result<Quantity, EvaluationError> {
    match value {
        Some(Value::Opaque(foreign)) => match &foreign.0 {
            Inner::Quantity(quantity) => Ok(**quantity),
            _ => Err(EvaluationError::NoSuchOverload),
        },
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

/// The two quantities of a comparison, where these are quantities.
pub(super) fn pair(values: &[Value<'_>]) -> Option<(Quantity, Quantity)> {
    Some((of(values.first()).ok()?, of(values.get(1)).ok()?))
}

fn wrap<'a>(quantity: Quantity) -> Value<'a> {
    Value::inner(Inner::Quantity(Box::new(quantity)))
}

pub(super) fn quantity<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let [Value::String(text)] = values else { return Err(EvaluationError::NoSuchOverload) };
    let wrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    Quantity::parse(text).map(wrap).ok_or_else(|| EvaluationError::invalid(wrong))
}

pub(super) fn is_quantity<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text)] => Ok(Value::Bool(Quantity::parse(text).is_some())),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn sign<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    of(values.first()).map(|quantity| Value::Int(quantity.0.signum() as i64))
}

pub(super) fn is_integer<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    of(values.first()).map(|quantity| Value::Bool(quantity.integer().is_some()))
}

pub(super) fn as_integer<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let integer = of(values.first())?.integer();
    integer.map(Value::Int).ok_or_else(|| EvaluationError::invalid("cannot convert value to integer"))
}

pub(super) fn as_float<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    of(values.first()).map(|quantity| Value::Double(quantity.0 as f64 / NANO as f64))
}

fn other(value: Option<&Value<'_>>) -> Result<i128, EvaluationError> {
    match value {
        Some(Value::Int(value)) => Ok(i128::from(*value) * NANO),
        value => of(value).map(|quantity| quantity.0),
    }
}

pub(super) fn add<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(wrap(Quantity::capped(of(values.first())?.0 + other(values.get(1))?)))
}

pub(super) fn sub<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(wrap(Quantity::capped(of(values.first())?.0 - other(values.get(1))?)))
}
