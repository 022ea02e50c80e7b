use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often the leader shows that it lives, and after which silence another is elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Between two signs of life, in milliseconds.
    pub heartbeat_ms: u64,
    /// The shortest time that Raft itself may take for an election, in milliseconds. It starts none: see
    /// [`Timing::silence`].
    pub election_min_ms: u64,
    /// The longest, and the time that votes are withheld from others after a sign of life, in milliseconds.
    pub election_max_ms: u64,
}

/// The shortest time between two signs of life: votes are then withheld for a fifth of a second. With 32 ms a machine
/// with seven busy threads per core elected another leader every 20 s.
const HEARTBEAT_MIN_MS: u64 = 50;
/// The longest: behind that, a disk is broken rather than slow.
const HEARTBEAT_MAX_MS: u64 = 500;

/// The shortest silence that lets anybody be elected.
const SILENCE_MIN: Duration = Duration::from_millis(600);

impl Timing {
    /// What suits a disk that takes `sync` to make a write durable and peers that answer after `round_trip`: a
    /// vote costs both, so a sign of life every four times that keeps elections from colliding.
    pub fn of(sync: Duration, round_trip: Duration) -> Self {
        let one = u64::try_from((sync + round_trip).as_millis()).unwrap_or(u64::MAX);
        let heartbeat_ms = one.saturating_mul(4).clamp(HEARTBEAT_MIN_MS, HEARTBEAT_MAX_MS);
        Self { heartbeat_ms, election_min_ms: heartbeat_ms * 2, election_max_ms: heartbeat_ms * 4 }
    }
}

impl Timing {
    /// How long nothing must be heard of the leader before the first voter asks for votes: long enough that a busy
    /// machine does not do so in vain. A leader whose process has ended is replaced without it.
    pub(crate) fn silence(&self) -> Duration {
        Duration::from_millis(self.election_max_ms * 3 / 2).max(SILENCE_MIN)
    }

    /// How long a member withholds its vote from others after a sign of life of the leader.
    pub(crate) fn withheld(&self) -> Duration {
        Duration::from_millis(self.election_max_ms)
    }

    /// How long a member may take from asking for votes to leading.
    pub(crate) fn vote(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms * 4 / 5)
    }

    /// How much longer each further voter leaves the place to those before it.
    pub(crate) fn turn(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms * 2)
    }
}

/// The median time that an append to a file in `folder` takes to be durable. Blocks its thread for a moment.
pub(crate) fn measure_sync(folder: &Path) -> io::Result<Duration> {
    const TIMES: usize = 3;
    let path = folder.join("sync");
    let mut file = File::create(&path)?;
    let mut taken = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let start = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        taken.push(start.elapsed());
    }
    std::fs::remove_file(path)?;
    taken.sort_unstable();
    Ok(taken.get(TIMES / 2).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::LEASE;

    #[test]
    fn no_member_elects_before_the_lease_of_any_other_is_over() {
        for millis in [0, 1, 7, 100, 10_000] {
            let timing = Timing::of(Duration::from_millis(millis), Duration::from_millis(millis));
            assert!(LEASE.as_millis() * 5 / 4 <= u128::from(timing.election_max_ms));
            assert!(timing.heartbeat_ms < timing.election_min_ms && timing.election_min_ms < timing.election_max_ms);
            assert!(timing.silence() > Duration::from_millis(timing.election_max_ms));
        }
    }

    #[test]
    fn a_slow_disk_makes_for_patient_elections() {
        let slow = Timing::of(Duration::from_millis(20), Duration::from_millis(5));
        assert_eq!(slow, Timing { heartbeat_ms: 100, election_min_ms: 200, election_max_ms: 400 });
    }
}
