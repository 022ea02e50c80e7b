//! How long a request may take.

use std::time::Duration;

use http::Request;
use kontiki_api::duration::go;
use kontiki_api::request::{Verb, param};
use kontiki_api::status::{Reason, Status};
use tokio::time::Instant;

use super::query::parse_query;
use super::within::within;
use crate::route::{Path, verb_of};
use crate::server::Server;

/// When a request must be done: all that is done for it has this time together.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
}

impl Deadline {
    /// `limit` from now on.
    pub fn new(limit: Duration) -> Self {
        Self { at: Instant::now() + limit }
    }

    /// For `request` to `path`, which begins now. It may give itself less time by `timeout` than others have; for a watch or a connection that
    /// means nothing (`WithRequestDeadline` upstream).
    ///
    /// # Errors
    /// 400 where that is no duration of Go's.
    pub fn of<B>(server: &Server, path: &Path, request: &Request<B>) -> Result<Self, Status> {
        let most = server.config.limits.timeout;
        let query = request.uri().query().filter(|query| query.contains("timeout"));
        let query = query.map(parse_query).unwrap_or_default();
        if query.is_empty() || lasts(server, path, request, &query) {
            return Ok(Self::new(most));
        }
        given(&query, most).map(Self::new)
    }

    /// What `work` gives.
    ///
    /// # Errors
    /// 504 where it is not done in time.
    pub async fn within<F: Future>(self, work: F) -> Result<F::Output, Status> {
        within(self.at, work).await.map_err(|_| too_slow())
    }
}

/// Whether `request` lasts as long as its client likes.
fn lasts<B>(server: &Server, path: &Path, request: &Request<B>, query: &[(String, String)]) -> bool {
    let Path::Resource(path) = path else { return false };
    let row = || server.row(&path.group, &path.version, &path.plural);
    let connects = |resource| server.config.connects.contains_key(&(resource, path.subresource.as_str().into()));
    verb_of(request.method(), path, query) == Some(Verb::Watch)
        || !path.subresource.is_empty() && row().is_some_and(|row| connects(row.resource.clone()))
}

/// The time that `query` gives the request by `timeout`, where that is less than `most`.
fn given(query: &[(String, String)], most: Duration) -> Result<Duration, Status> {
    let Some(text) = param(query, "timeout").filter(|text| !text.is_empty()) else { return Ok(most) };
    let refused = |why| Status::bad_request(format!("invalid timeout specified in the request URL - {why}"));
    let nanos = u64::try_from(go(text).map_err(refused)?).unwrap_or_default();
    Ok(if nanos == 0 { most } else { most.min(Duration::from_nanos(nanos)) })
}

const TOO_SLOW: &str = "Timeout: request did not complete within the allotted timeout";

/// 504 for what took too long.
fn too_slow() -> Status {
    Status::new(Reason::Timeout, TOO_SLOW).with_details()
}

/// Whether `status` is told because the time of a request was over.
pub(super) fn is_too_slow(status: &Status) -> bool {
    status.reason == Reason::Timeout && status.message == TOO_SLOW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_may_give_itself_less_time_but_not_more() {
        let most = Duration::from_secs(60);
        let read = |text: &str| given(&[("timeout".to_owned(), text.to_owned())], most);
        for (text, seconds) in [("", 60), ("0", 60), ("0s", 60), ("-5s", 60), ("5s", 5), ("60s", 60), ("2m", 60)] {
            assert_eq!(read(text).unwrap(), Duration::from_secs(seconds), "{text}");
        }
        assert_eq!(given(&[], most).unwrap(), most);
        let refused = read("5").unwrap_err();
        assert_eq!(refused.code(), 400);
        assert_eq!(refused.message, "invalid timeout specified in the request URL - time: missing unit in duration \"5\"");
    }

    #[tokio::test(start_paused = true)]
    async fn all_that_is_done_for_a_request_has_its_time_together() {
        let (begun, deadline) = (Instant::now(), Deadline::new(Duration::from_secs(5)));
        let work = || deadline.within(tokio::time::sleep(Duration::from_secs(3)));
        assert!(work().await.is_ok());
        assert_eq!(work().await.unwrap_err().code(), 504);
        assert!(begun.elapsed() < Duration::from_secs(6));
    }
}
