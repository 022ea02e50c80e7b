//! How long a failing key waits.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(300);

/// The wait after `attempts` failures in a row: doubling from 50 ms to 5 minutes, by up to a quarter
/// longer or shorter as `dice` has it.
pub(super) fn backoff(attempts: u32, dice: u64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(16));
    let quarter = doubled.min(LONGEST) / 4;
    let spread = u64::try_from(quarter.as_micros()).unwrap_or(u64::MAX) * 2;
    doubled.min(LONGEST) - quarter + Duration::from_micros(dice % spread.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_five_minutes() {
        assert!(backoff(1, 7) <= Duration::from_millis(63));
        assert!(backoff(4, 7) >= Duration::from_millis(300));
        assert!((Duration::from_secs(225)..=Duration::from_secs(375)).contains(&backoff(40, u64::MAX)));
    }
}
