//! How long a request may take.

use std::time::Duration;

use kontiki_api::duration::go;
use kontiki_api::request::param;
use kontiki_api::status::{Reason, Status};

/// The time that `query` gives the request by `timeout`, where that is less than `most`.
///
/// # Errors
/// 400 where that is no duration of Go's.
pub(super) fn deadline(query: &[(String, String)], most: Duration) -> Result<Duration, Status> {
    let Some(text) = param(query, "timeout").filter(|text| !text.is_empty()) else { return Ok(most) };
    let refused = |why| Status::bad_request(format!("invalid timeout specified in the request URL - {why}"));
    let nanos = u64::try_from(go(text).map_err(refused)?).unwrap_or_default();
    Ok(if nanos == 0 { most } else { most.min(Duration::from_nanos(nanos)) })
}

/// 504 for what took longer than `limit`.
pub(super) fn too_slow(limit: Duration) -> Status {
    Status::new(Reason::Timeout, format!("the request did not finish within {} s", limit.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_may_give_itself_less_time_but_not_more() {
        let most = Duration::from_secs(60);
        let read = |text: &str| deadline(&[("timeout".to_owned(), text.to_owned())], most);
        for (text, seconds) in [("", 60), ("0", 60), ("0s", 60), ("-5s", 60), ("5s", 5), ("60s", 60), ("2m", 60)] {
            assert_eq!(read(text).unwrap(), Duration::from_secs(seconds), "{text}");
        }
        assert_eq!(deadline(&[], most).unwrap(), most);
        let refused = read("5").unwrap_err();
        assert_eq!(refused.code(), 400);
        assert_eq!(refused.message, "invalid timeout specified in the request URL - time: missing unit in duration \"5\"");
        assert_eq!(too_slow(Duration::from_millis(1500)).message, "the request did not finish within 1.5 s");
    }
}
