use std::time::Duration;

use kontiki_api::time::Time;

/// How much of the recent past stays in memory, for watches, past reads and repeated requests.
///
/// What is kept is a function of the log alone: the longest run of newest commits within both limits. Time in which
/// nothing is committed counts for 10 seconds at most: a clock that jumps ahead neither forgets requests that are about
/// to be repeated nor ends watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowLimits {
    /// Age in commit time, silences shortened. Kubernetes' clients count on about 5 minutes.
    pub age: Duration,
    /// Bytes of changed values (and a fixed estimate for each change).
    pub bytes: usize,
}

impl Default for WindowLimits {
    fn default() -> Self {
        Self { age: Duration::from_secs(300), bytes: 64 << 20 }
    }
}

/// The most that the time between two commits counts.
const SILENCE: Duration = Duration::from_secs(10);

/// What the time between a commit and the next counts towards the age of what is kept.
pub(crate) fn counted(earlier: Time, later: Time) -> Duration {
    later.since(earlier).min(SILENCE)
}
