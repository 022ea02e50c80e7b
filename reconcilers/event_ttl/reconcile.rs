//! One pass over the oldest Events.

use std::time::Duration;

use kontiki_api::time::Time;
use kontiki_api::view::Event;
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Index, Seen, Triggers, World};

use crate::common::intents::delete;
use crate::common::turns;

/// Upstream's default for `--event-ttl`.
pub(crate) const KEPT: Duration = Duration::from_hours(1);
/// Events written within this time of each other go together: one goes at most so much later.
const WINDOW_MICROS: i64 = 10_000_000;
/// Most Events deleted by one pass.
const SLICE: usize = 256;
/// When to look again after a slice, where nothing else wakes first.
const NEXT_SLICE: Duration = Duration::from_mins(1);

/// Deletes Events that were not written for a while. One key for the cluster.
#[derive(Clone, Copy, Debug)]
pub struct EventTtl {
    /// How long they are kept from their last write; zero for ever.
    pub ttl: Duration,
}

impl Default for EventTtl {
    fn default() -> Self {
        Self { ttl: KEPT }
    }
}

/// Events that are not going yet by when they were last written, to the end of ten seconds.
#[derive(Debug)]
pub enum ByLastWrite {}

impl Index for ByLastWrite {
    type View = Event;
    type Key = Time;

    fn keys(event: &Seen<Event>) -> Vec<Time> {
        if event.head().deleted.is_some() { Vec::new() } else { vec![window(event)] }
    }
}

impl Reconciler for EventTtl {
    const NAME: &'static str = "event-ttl";
    type Key = ();
    type Effect = Never;

    fn triggers(on: &mut Triggers<()>) {
        on.index::<ByLastWrite>();
        // For all but the oldest a timer runs already.
        on.mapped::<Event>(|world, before, after| {
            let oldest = world.index_keys::<ByLastWrite>().next();
            let is_oldest = |event: &Seen<Event>| oldest.is_none_or(|oldest| window(event) <= *oldest);
            if [before, after].into_iter().flatten().any(is_oldest) { vec![()] } else { Vec::new() }
        });
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, (), Never>) -> Result<Plan, Stuck> {
        let Some(oldest) = world.index_keys::<ByLastWrite>().next().filter(|_| !self.ttl.is_zero()) else {
            return Ok(Plan::done());
        };
        let end = |window: &Time| window.plus(self.ttl);
        if end(oldest) > pass.now {
            return Ok(Plan::done().after(end(oldest).since(pass.now)));
        }
        let windows = || world.index_keys::<ByLastWrite>().take_while(|window| end(window) <= pass.now);
        let due = || windows().flat_map(|window| world.indexed::<ByLastWrite>(window));
        // Counting all is worth it only where some were refused.
        let last = pass.outcome(&()).filter(|last| last.attempts > 0);
        let start = last.map_or(0, |last| turns::start(Some(last), SLICE, due().count()));
        let deletions = due().skip(start).take(SLICE).map(|event| delete(event.precondition()));
        Ok(Plan::of(deletions.collect()).after(NEXT_SLICE))
    }
}

/// The end of the ten seconds in which `event` was last written, by the server's own stamps: clients write the others.
fn window(event: &Seen<Event>) -> Time {
    let written = event.object.last_managed().unwrap_or_default().max(event.head().created);
    Time::from_micros((written.as_micros().div_euclid(WINDOW_MICROS) + 1) * WINDOW_MICROS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_go_an_hour_after_their_last_write() {
        kontiki_runtime::testing::pair::<EventTtl>(concat!(env!("CARGO_MANIFEST_DIR"), "/event_ttl/testdata"));
    }

    #[test]
    fn many_go_in_slices_and_none_where_they_are_kept_for_ever() {
        use kontiki_runtime::plan::Outcome;
        use kontiki_runtime::reconciler::Seed;

        let event = |at| {
            let metadata = json!({"name": format!("e{at:03}"), "namespace": "ns", "creationTimestamp": "2026-01-01T00:00:00Z"});
            json!({"apiVersion": "v1", "kind": "Event", "metadata": metadata})
        };
        let world = World::for_tests::<EventTtl>((0..300).map(event));
        let deleted = |ttl, attempts| {
            let now = Time::parse("2026-01-02T00:00:00Z").expect("a time");
            let outcomes = [((), Outcome { intents: Vec::new(), attempts })].into();
            let effects = std::collections::BTreeMap::default();
            let pass = Pass { keys: &[()], now, seed: Seed(1), outcomes: &outcomes, effects: &effects };
            EventTtl { ttl }.reconcile(&world, &pass).expect("a plan").intents.len()
        };
        assert_eq!(deleted(KEPT, 0), SLICE);
        assert_eq!(deleted(KEPT, 1), 300 - SLICE);
        assert_eq!(deleted(Duration::ZERO, 0), 0);
    }
}
