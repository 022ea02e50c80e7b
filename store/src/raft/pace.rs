use std::time::Duration;

use tokio::time::Instant;

/// After an entry of fewer commits, whose writers are few, none gather for the next: they would only wait for each other.
const FEW: usize = 4;
/// So many go at once.
const ENOUGH: usize = 64;
/// After an entry of many, commits gather for the next until then at the latest.
const APART: Duration = Duration::from_millis(2);
/// One commit more, in the unit of what is counted in parts.
const ONE: usize = 1 << 10;
/// What the number waited for grows by with each entry for which enough waited, at first,
const STEP: usize = ONE / 32;
/// and at most.
const MOST: usize = ONE / 4;

/// How long commits gather for an entry. Each entry costs its turns of the processor and its sync, however many it carries; where
/// writers are many, the next waits until as many have come as lately came within [`APART`]. That there may be more by now is found
/// out by waiting for one more now and then: the less often the more often nobody came.
#[derive(Debug)]
pub(super) struct Pace {
    /// What the last entry carried.
    last: usize,
    /// How many to wait for, in parts of [`ONE`], as the next.
    wanted: usize,
    /// How much more with the next entry.
    step: usize,
    /// Until when to wait.
    due: Instant,
}

impl Pace {
    /// Nobody has written yet.
    pub fn new(now: Instant) -> Self {
        Self { last: 0, wanted: 0, step: STEP, due: now }
    }

    /// How many more to wait for where so many wait, and until when at the latest; `None` where they are to go at once.
    pub fn gathers(&self, waiting: usize, now: Instant) -> Option<(usize, Instant)> {
        let more = ENOUGH.min(self.wanted / ONE).saturating_sub(waiting);
        (self.last >= FEW && more > 0 && now < self.due).then_some((more, self.due))
    }

    /// An entry of so many commits goes.
    pub fn proposed(&mut self, count: usize, now: Instant) {
        (self.wanted, self.step) = if now >= self.due + APART {
            (count * ONE, STEP)
        } else if now >= self.due {
            (count * ONE, (self.step / 2).max(1))
        } else if count > self.wanted / ONE {
            (count * ONE, (self.step * 2).min(MOST))
        } else {
            (self.wanted + self.step, self.step)
        };
        self.last = count;
        self.due = now + APART;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `clients` that each write again `think` after the last entry with their commit, which takes `sync`; how long each of 1,000 entries
    /// lasted on average, and how many commits one carried.
    fn closed_loop(clients: usize, think: Duration, sync: Duration) -> (Duration, usize) {
        let start = Instant::now();
        let (mut now, mut pace, mut carried) = (start, Pace::new(start), 0);
        let mut arrivals: Vec<Instant> = (0..clients).map(|at| start + think * at as u32 / clients as u32).collect();
        for _ in 0..1_000 {
            arrivals.sort();
            now = now.max(arrivals[0]);
            let here = |now: Instant| arrivals.iter().filter(|at| **at <= now).count();
            while let Some((_, due)) = pace.gathers(here(now), now) {
                now = arrivals.iter().copied().find(|at| *at > now).unwrap_or(due).min(due);
            }
            let count = here(now);
            pace.proposed(count, now);
            now += sync;
            arrivals
                .iter_mut()
                .take(count)
                .enumerate()
                .for_each(|(at, next)| *next = now + think * (at as u32 + 1) / count as u32);
            carried += count;
        }
        (now.duration_since(start) / 1_000, carried / 1_000)
    }

    const SYNC: Duration = Duration::from_micros(400);

    #[tokio::test]
    async fn one_writer_and_three_never_wait_for_more() {
        for clients in [1, 3] {
            let (each, _) = closed_loop(clients, Duration::from_micros(1), SYNC);
            assert!(each < SYNC * 11 / 10, "{clients}: {each:?}");
        }
    }

    #[tokio::test]
    async fn writers_who_come_back_at_once_are_all_carried_and_not_waited_for_twice() {
        let (each, carried) = closed_loop(16, Duration::from_micros(50), SYNC);
        assert!(carried >= 15 && each < SYNC * 13 / 10, "{carried} {each:?}");
    }

    #[tokio::test]
    async fn writers_who_take_their_time_share_entries_of_two_milliseconds() {
        let (each, carried) = closed_loop(64, Duration::from_millis(5), SYNC);
        assert!(carried >= 16 && each <= APART + SYNC, "{carried} {each:?}");
    }

    #[tokio::test]
    async fn after_a_burst_one_writer_waits_once() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        pace.proposed(50, now);
        assert_eq!(pace.gathers(1, now), Some((49, now + APART)));
        now += APART;
        pace.proposed(1, now);
        assert_eq!(pace.gathers(1, now), None);
    }
}
