//! Work that must not take too long.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

/// What `work` gives. What does not have to wait for anything is done without a timer, as nearly all bodies and reads are.
///
/// # Errors
/// Where it takes until `end`.
pub(super) async fn within<F: Future>(end: Instant, work: F) -> Result<F::Output, Elapsed> {
    let mut work = pin!(work);
    match futures::poll!(work.as_mut()) {
        Poll::Ready(given) => Ok(given),
        Poll::Pending => timeout_at(end, work).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn what_is_done_at_once_or_in_time_is_given_and_what_is_not_is_given_up() {
        let limit = || Instant::now() + Duration::from_secs(5);
        assert_eq!(within(limit(), async { 1 }).await.ok(), Some(1));
        let slow = |seconds| async move { tokio::time::sleep(Duration::from_secs(seconds)).await };
        assert!(within(limit(), slow(4)).await.is_ok());
        assert!(within(limit(), slow(6)).await.is_err());
    }
}
