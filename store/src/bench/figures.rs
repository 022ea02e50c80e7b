use std::fmt;
use std::time::Duration;

/// What a run of equal operations took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many operations at a time.
    pub clients: usize,
    /// How many succeeded.
    pub count: usize,
    /// How many failed.
    pub failed: usize,
    /// The whole run.
    pub elapsed: Duration,
    /// The median of one operation.
    pub p50: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
    /// 999 of 1,000 took no longer.
    pub p999: Duration,
    /// The one that took longest.
    pub worst: Duration,
}

impl Figures {
    /// The figures of a run in which the operations took `latencies`.
    pub fn of(clients: usize, elapsed: Duration, mut latencies: Vec<Duration>, failed: usize) -> Self {
        latencies.sort_unstable();
        let at = |permille: usize| latencies.get(latencies.len() * permille / 1000).copied().unwrap_or_default();
        let worst = latencies.last().copied().unwrap_or_default();
        Self { clients, count: latencies.len(), failed, elapsed, p50: at(500), p99: at(990), p999: at(999), worst }
    }

    /// Operations per second.
    pub fn rate(&self) -> f64 {
        self.count as f64 / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clients, p50, p99, p999, worst, failed, .. } = self;
        let rate = self.rate();
        write!(
            f,
            "{clients:>4} at a time  {rate:>9.0}/s  p50 {p50:>9.1?}  p99 {p99:>9.1?}  p99.9 {p999:>9.1?}  worst {worst:>9.1?}"
        )?;
        if *failed == 0 { Ok(()) } else { write!(f, "  {failed} failed") }
    }
}
