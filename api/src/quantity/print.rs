//! Prints quantities in upstream's canonical form.

use std::fmt;

use super::amount::NANO;
use super::{Format, Quantity};

const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

pub(super) fn print(quantity: Quantity, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let nanos = quantity.nanos;
    let is_small = nanos.abs() < 1024 * NANO;
    if quantity.format == Format::BinarySi && !is_small && nanos % NANO == 0 {
        return binary(nanos / NANO, f);
    }
    decimal(nanos, quantity.format == Format::DecimalExponent, f)
}

fn binary(mut units: i128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut at = 0;
    while units % 1024 == 0 && at + 1 < BINARY.len() {
        units /= 1024;
        at += 1;
    }
    write!(f, "{units}{}", BINARY.get(at).copied().unwrap_or_default())
}

fn decimal(mut nanos: i128, exponents: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if nanos == 0 {
        return f.write_str("0");
    }
    let mut at = 0;
    while nanos % 1000 == 0 && at + 1 < DECIMAL.len() {
        nanos /= 1000;
        at += 1;
    }
    match (at, exponents) {
        (3, true) => write!(f, "{nanos}"),
        (_, true) => write!(f, "{nanos}e{}", at as i32 * 3 - 9),
        (_, false) => write!(f, "{nanos}{}", DECIMAL.get(at).copied().unwrap_or_default()),
    }
}
