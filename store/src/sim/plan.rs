use super::dice::Dice;
use super::mutant::Mutant;

/// What one run is like: everything follows from the seed.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub mutant: Option<Mutant>,
    /// How long things break, in simulated milliseconds.
    pub length_ms: u64,
    pub members: u64,
    pub clients: u64,
    pub watchers: u64,
    /// Between the beginnings of two faults, on average.
    pub fault_every_ms: u64,
    /// Which kinds of faults happen, one bit each: runs with few kinds go deeper.
    pub kinds: u64,
    /// Entries of the log that stay behind a snapshot.
    pub log_entries: u64,
    /// Bytes of the watch window.
    pub window_bytes: usize,
    /// How long a sync takes.
    pub sync_ms: u64,
    /// How many registers, sets and lists there are at a time.
    pub keys: u64,
    /// How long a client thinks between two operations, at most.
    pub think_ms: u64,
}

impl Plan {
    pub fn of(seed: u64, mutant: Option<Mutant>, length_ms: u64) -> Self {
        let mut dice = Dice::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let kinds = if dice.chance(300) { u64::MAX } else { dice.number() | dice.number() };
        Self {
            seed,
            mutant,
            length_ms,
            members: if dice.chance(750) { 3 } else { 5 },
            clients: dice.between(16, 48),
            watchers: dice.between(3, 6),
            fault_every_ms: dice.between(30, 160),
            kinds,
            log_entries: dice.between(30, 300),
            window_bytes: usize::try_from(dice.between(400_000, 2_000_000)).unwrap_or(usize::MAX),
            sync_ms: dice.between(0, 3),
            keys: dice.between(2, 8),
            think_ms: dice.between(1, 20),
        }
    }
}
