//! Doubles as text, in Go's forms.

/// Go's `%g` with the fewest digits that tell the number apart.
pub(super) fn double_text(value: f64) -> String {
    if let Some(name) = special(value) {
        return name.into();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let most = if exponent < 21 && digits as i32 > exponent && digits > 6 { digits as i32 } else { 6 };
    if exponent < -4 || exponent >= most.max(6) { with_exponent(mantissa, exponent) } else { value.to_string() }
}

/// How NaN and the infinities are written.
pub(super) const fn special(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("NaN")
    } else if value.is_infinite() {
        Some(if value > 0.0 { "+Inf" } else { "-Inf" })
    } else {
        None
    }
}

fn with_exponent(mantissa: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
