//! The limit of processor time.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// No input may take longer, in a build that is watched by a sanitizer.
const LIMIT: Duration = Duration::from_millis(100);

fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}

/// Runs `work`. Other processes on the machine do not count.
///
/// # Panics
/// Where it takes longer than 100 ms of this thread's processor time, so that the fuzzer keeps the input.
pub fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let begun = processor_time();
    let result = work();
    let took = processor_time().saturating_sub(begun);
    assert!(took < LIMIT, "{took:?} is longer than {LIMIT:?}");
    result
}
