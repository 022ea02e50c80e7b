//! Doubles as text, in Go's forms.

/// Go's `%g` with the fewest digits that tell the number apart.
pub(super) fn double_text(value: f64) -> String {
    if let Some(name) = special(value) {
        return name.into();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) { value.to_string() } else { with_exponent(mantissa, exponent) }
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
