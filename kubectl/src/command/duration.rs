//! Durations on the command line.

use std::time::Duration;

/// Reads Go's form: `30s`, `1h30m`, `500ms`, or plain `0`. A negative one means for ever: `None`.
pub(super) fn parse(text: &str) -> Result<Option<Duration>, String> {
    Ok(u64::try_from(kontiki_api::duration::go(text)?).ok().map(Duration::from_nanos))
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
