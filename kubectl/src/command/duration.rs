//! Durations on the command line.

use std::time::Duration;

/// Reads Go's form: `30s`, `1h30m`, `500ms`, or plain `0`. A negative one means for ever: `None`.
pub(super) fn parse(text: &str) -> Result<Option<Duration>, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    if text.starts_with('-') {
        return Ok(None);
    }
    if text == "0" {
        return Ok(Some(Duration::ZERO));
    }
    let (mut rest, mut total) = (text, 0.0);
    while !rest.is_empty() {
        let unit = rest.find(|letter: char| letter.is_ascii_alphabetic()).ok_or_else(invalid)?;
        let (number, after) = rest.split_at(unit);
        let end = after.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return Err(invalid()),
        };
        total += seconds * number.parse::<f64>().map_err(|_| invalid())?;
        rest = after;
    }
    Duration::try_from_secs_f64(total).map(Some).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_gos_form_are_read() {
        assert_eq!(parse("1h30m"), Ok(Some(Duration::from_secs(5400))));
        assert_eq!(parse("1.5s"), Ok(Some(Duration::from_millis(1500))));
        assert_eq!(parse("0"), Ok(Some(Duration::ZERO)));
        assert_eq!(parse("-1s"), Ok(None));
        assert!(parse("5").is_err());
        assert!(parse("xs").is_err());
    }
}
