use std::time::Duration;

/// How much of the recent past stays in memory, for watches, past reads and repeated requests.
///
/// What is kept is a function of the log alone: the longest run of newest commits within both limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowLimits {
    /// Age in commit time. Kubernetes' clients count on about 5 minutes.
    pub age: Duration,
    /// Bytes of changed values (and a fixed estimate for each change).
    pub bytes: usize,
}

impl Default for WindowLimits {
    fn default() -> Self {
        Self { age: Duration::from_secs(300), bytes: 64 << 20 }
    }
}
