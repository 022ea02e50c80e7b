//! Reads quantities, by the grammar of the API page "Quantity".

use super::amount::{NANO, away_from_zero};
use super::{Format, Quantity};

/// Why text is not a quantity. Its text is upstream's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// It has not the form of one.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// Its number is not one.
    #[error("unable to parse numeric part of quantity")]
    Numeric,
    /// Its suffix is unknown.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

/// The factor that a suffix stands for.
enum Scale {
    /// 2 to the power of.
    Two(u32),
    /// 10 to the power of.
    Ten(i32),
}

pub(super) fn parse(text: &str) -> Result<Quantity, QuantityError> {
    let (negative, unsigned) = match text.as_bytes().first() {
        None => return Err(QuantityError::Format),
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        Some(_) => (false, text),
    };
    let (whole, rest) = digits(unsigned);
    let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole.is_empty() && fraction.is_empty() {
        return Err(if text.contains(|letter: char| letter.is_ascii_digit()) {
            QuantityError::Numeric
        } else {
            QuantityError::Format
        });
    }
    let (scale, format) = read_suffix(suffix)?;
    let nanos = amount(whole.trim_start_matches('0'), fraction.trim_end_matches('0'), &scale);
    let format = if format == Format::BinarySi && nanos < NANO { Format::DecimalSi } else { format };
    Ok(Quantity { nanos: if negative { -nanos } else { nanos }, format })
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()))
}

fn read_suffix(suffix: &str) -> Result<(Scale, Format), QuantityError> {
    if let Some(&(_, power)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Ok((Scale::Ten(power), Format::DecimalSi));
    }
    if let Some(at) = BINARY.iter().position(|name| *name == suffix) {
        return Ok((Scale::Two(10 * (at as u32 + 1)), Format::BinarySi));
    }
    let power = suffix.strip_prefix(['e', 'E']).ok_or_else(|| refused(suffix))?;
    let power: i32 = power.parse().map_err(|_| refused(suffix))?;
    Ok((Scale::Ten(power), Format::DecimalExponent))
}

fn refused(suffix: &str) -> QuantityError {
    let letters = suffix.trim_start_matches(|letter: char| "eEinumkKMGTP".contains(letter));
    let number = letters.strip_prefix(['-', '+']).unwrap_or(letters);
    if number.bytes().all(|byte| byte.is_ascii_digit()) { QuantityError::Suffix } else { QuantityError::Format }
}

/// `whole.fraction` times `scale` in billionths, rounded up, capped at the largest `int64`.
fn amount(whole: &str, fraction: &str, scale: &Scale) -> i128 {
    let cap = i128::from(i64::MAX) * NANO;
    scaled(whole, fraction, scale).map_or(cap, |nanos| nanos.min(cap))
}

/// `None` where the amount is larger than can be held.
fn scaled(whole: &str, fraction: &str, scale: &Scale) -> Option<i128> {
    let (power, factor) = match *scale {
        Scale::Ten(power) => (power, 1),
        Scale::Two(power) => (0, 1_i128 << power),
    };
    // Digits so far behind the point that they only make the amount round up are read as one.
    let keep = fraction.len().min(30);
    let kept = fraction.get(..keep).unwrap_or_default();
    let mut mantissa: i128 = 0;
    for digit in whole.bytes().chain(kept.bytes()) {
        mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    let mantissa = mantissa.checked_mul(factor)?;
    let shift = i64::from(power) + 9 - i64::try_from(keep).ok()?;
    if mantissa == 0 {
        return Some(i128::from(!fraction.is_empty()));
    }
    if shift >= 0 {
        return 10_i128.checked_pow(u32::try_from(shift).ok()?)?.checked_mul(mantissa);
    }
    let divisor = u32::try_from(-shift).ok().and_then(|shift| 10_i128.checked_pow(shift));
    Some(divisor.map_or(1, |divisor| away_from_zero(mantissa, divisor)))
}
