//! Work that must not take too long.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::error::Elapsed;

/// What `work` gives. What does not have to wait for anything is done without a timer, as nearly all bodies and reads are.
///
/// # Errors
/// Where it takes longer than `limit`.
pub(super) async fn within<F: Future>(limit: Duration, work: F) -> Result<F::Output, Elapsed> {
    let mut work = pin!(work);
    match futures::poll!(work.as_mut()) {
        Poll::Ready(given) => Ok(given),
        Poll::Pending => tokio::time::timeout(limit, work).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_done_at_once_or_in_time_is_given_and_what_is_not_is_given_up() {
        let limit = Duration::from_secs(5);
        assert_eq!(within(limit, async { 1 }).await.ok(), Some(1));
        let slow = |seconds| async move { tokio::time::sleep(Duration::from_secs(seconds)).await };
        assert!(within(limit, slow(4)).await.is_ok());
        assert!(within(limit, slow(6)).await.is_err());
    }
}
