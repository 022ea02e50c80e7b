//! Who runs and who waits.

use std::collections::{BTreeMap, VecDeque};

use kontiki_api::Text;
use tokio::sync::oneshot;

use super::configuration::Bounds;
use super::seat::Seat;

/// A request that waits for its seat.
pub(super) struct Waiter {
    pub seat: Seat,
    pub grant: oneshot::Sender<Seat>,
}

/// What becomes of a request that asks for a seat.
pub(super) enum Entered {
    /// It runs.
    Now,
    /// It waits for this.
    Waits(oneshot::Receiver<Seat>),
    /// There is no room for it to wait.
    Full,
}

#[derive(Default)]
struct Level {
    bounds: Bounds,
    running: usize,
    /// Flows that wait, the next one first.
    flows: VecDeque<(Text, VecDeque<Waiter>)>,
}

impl Level {
    fn waiting(&self) -> usize {
        self.flows.iter().map(|(_, waiters)| waiters.len()).sum()
    }

    /// Forgets those that have given up.
    fn purge(&mut self) {
        for (_, waiters) in &mut self.flows {
            waiters.retain(|waiter| !waiter.grant.is_closed());
        }
        self.flows.retain(|(_, waiters)| !waiters.is_empty());
    }

    /// The next request in turn: one of each flow after the other.
    fn next(&mut self) -> Option<Waiter> {
        let (name, mut waiters) = self.flows.pop_front()?;
        let next = waiters.pop_front();
        if !waiters.is_empty() {
            self.flows.push_back((name, waiters));
        }
        next
    }
}

/// Every level that is not exempt.
#[derive(Default)]
pub(super) struct State {
    total: usize,
    levels: BTreeMap<Text, Level>,
}

impl State {
    /// `total` seats, divided as `bounds` say. Whoever waits at a level that is no more may run.
    pub fn divide(&mut self, total: usize, bounds: BTreeMap<Text, Bounds>) {
        self.total = total;
        for level in self.levels.values_mut() {
            level.bounds = Bounds { nominal: usize::MAX, reserved: 0, most: usize::MAX };
        }
        for (name, bounds) in bounds {
            self.levels.entry(name).or_default().bounds = bounds;
        }
        self.pump();
    }

    /// A request of `flow` asks for `seat` at the level called `level`; at most so many may wait as `queue` says.
    pub fn enter(&mut self, level: &Text, flow: &Text, queue: Option<(usize, usize)>, seat: impl FnOnce() -> Seat) -> Entered {
        let free = self.has_seat(level);
        let own = self.levels.entry(level.clone()).or_default();
        if free && own.flows.is_empty() {
            own.running += 1;
            return Entered::Now;
        }
        let Some((of_flow, of_all)) = queue else { return Entered::Full };
        own.purge();
        let line = own.flows.iter().find(|(name, _)| name == flow);
        let (ahead, all) = (line.map_or(0, |(_, waiters)| waiters.len()), own.waiting());
        if ahead >= of_flow || all >= of_all {
            return Entered::Full;
        }
        let (grant, granted) = oneshot::channel();
        let waiter = Waiter { seat: seat(), grant };
        match own.flows.iter_mut().find(|(name, _)| name == flow) {
            Some((_, waiters)) => waiters.push_back(waiter),
            None => own.flows.push_back((flow.clone(), VecDeque::from([waiter]))),
        }
        if free {
            self.pump();
        }
        Entered::Waits(granted)
    }

    /// A request of the level called `level` is done.
    pub fn leave(&mut self, level: &Text) {
        if let Some(own) = self.levels.get_mut(level) {
            own.running = own.running.saturating_sub(1);
        }
        self.pump();
    }

    /// Whether one more request may run at the level called `level`: on a seat of its own, or on one that others lend and
    /// do not need.
    fn has_seat(&self, level: &Text) -> bool {
        let Some(own) = self.levels.get(level) else { return true };
        if own.running < own.bounds.nominal {
            return true;
        }
        let taken: usize = self.levels.values().map(|level| level.running.max(level.bounds.reserved)).sum();
        own.running < own.bounds.most && taken < self.total
    }

    /// Lets everybody run who may.
    fn pump(&mut self) {
        let names: Vec<Text> =
            self.levels.iter().filter(|(_, level)| !level.flows.is_empty()).map(|(name, _)| name.clone()).collect();
        for name in names {
            while self.has_seat(&name) {
                let Some(own) = self.levels.get_mut(&name) else { break };
                let Some(Waiter { seat, grant }) = own.next() else { break };
                own.running += 1;
                if let Err(seat) = grant.send(seat.held()) {
                    // It has given up: nobody leaves this seat.
                    seat.forget();
                    own.running -= 1;
                }
            }
        }
    }

    /// How many requests run at the level called `level`, and how many wait.
    #[cfg(test)]
    pub fn at(&self, level: &str) -> (usize, usize) {
        self.levels.get(level).map(|level| (level.running, level.waiting())).unwrap_or_default()
    }
}
