use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::judge::Verdict;

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Its seed.
    pub seed: u64,
    /// How long it took.
    pub time: Duration,
    /// What was judged.
    pub verdict: Verdict,
    /// How often the leader was killed.
    pub leader_kills: u64,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Writes of unknown outcome.
    pub unknown: u64,
    /// How long nothing was acknowledged after the leader alone was killed.
    pub gaps: Vec<Duration>,
    /// How long it took, at most, until everything was as good as new once it had healed.
    pub settled: Duration,
}

impl Figures {
    /// Whether nothing was violated. What could not be judged is told, and not counted as checked.
    pub fn is_good(&self) -> bool {
        self.verdict.violations.is_empty()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { checked, deliveries, bookmarks, watches, lists, expiries, undecided, violations } = &self.verdict;
        let faults: Vec<String> = self.faults.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let mut gaps = self.gaps.clone();
        gaps.sort_unstable();
        let millis = |gap: Option<&Duration>| gap.map_or_else(|| "-".into(), |gap| gap.as_millis().to_string());
        write!(
            f,
            "chaos: seed {}, {:.1} min: {checked} operations checked, {} leader kills, faults: {}; {} unknown outcomes; \
             {deliveries} watch events checked ({watches} watches, {lists} lists, {bookmarks} bookmarks, {expiries} expired); writes resume \
             {} ms after a killed leader, {} ms at most; healed within {} ms at most; {undecided} undecided, {} violations",
            self.seed,
            self.time.as_secs_f64() / 60.0,
            self.leader_kills,
            faults.join(", "),
            self.unknown,
            millis(gaps.get(gaps.len() / 2)),
            millis(gaps.last()),
            self.settled.as_millis(),
            violations.len(),
        )
    }
}
