//! How long to wait before doing something again.

use std::time::Duration;

use kontiki_api::time::Time;

use crate::observed::Attempted;

/// First wait of containers and images (upstream's `backOffPeriod`).
const FIRST: u32 = 10;
/// Longest wait of containers and images (upstream's `MaxContainerBackOff`).
const MOST: u32 = 300;
/// A container that ran so long starts from the first wait again.
const STEADY: Duration = Duration::from_secs(600);

/// After `failures` failed tries to fetch an image: 10 s, doubling to 5 min.
pub fn slow(failures: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    Duration::from_secs(u64::from(doubled.min(MOST)))
}

/// After `failures` failed tries of anything on the node itself: 500 ms, doubling to about 2 min.
pub fn quick(failures: u32) -> Duration {
    let doubled = 500_u64.saturating_mul(1_u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX));
    Duration::from_millis(doubled.min(122_000))
}

/// The number of the attempt that is due after `failed`, and how long to wait for the next one.
pub fn retry(failed: &Attempted, now: Time, back_off: fn(u32) -> Duration) -> (u32, Option<Duration>) {
    let (wait, passed) = (back_off(failed.attempts), now.since(failed.at));
    if passed < wait { (failed.attempts.saturating_sub(1), Some(wait.saturating_sub(passed))) } else { (failed.attempts, None) }
}

/// The wait that follows the run after one that had `seconds`.
pub fn next_seconds(seconds: u32, ran: Duration) -> u32 {
    if ran >= STEADY { FIRST } else { (seconds * 2).clamp(FIRST, MOST) }
}

/// The wait after a run that had `seconds` and lasted `ran`.
pub fn wait(seconds: u32, ran: Duration) -> Duration {
    if ran >= STEADY { Duration::ZERO } else { Duration::from_secs(u64::from(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crashing_container_waits_longer_each_time_up_to_five_minutes() {
        let mut seconds = 0;
        let mut waits = Vec::new();
        for _ in 0..8 {
            waits.push(wait(seconds, Duration::ZERO).as_secs());
            seconds = next_seconds(seconds, Duration::ZERO);
        }
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(next_seconds(300, STEADY), 10);
        assert_eq!(slow(1).as_secs(), 10);
        assert_eq!(slow(40).as_secs(), 300);
    }
}
