//! The engine's thread.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use kontiki_api::meta::{Key, Resource};
use tokio::sync::oneshot;

use super::lane::Lane;
use super::message::Message;
use super::passes::Cx;
use super::standby::Role;
use crate::client::{Feed, Interest};
use crate::clock::Clock;
use crate::execute::Executor;
use crate::record::{Recorders, Sink};
use crate::world::{Schema, World};

/// Passes run this long before changes are looked at again.
const RUN: Duration = Duration::from_millis(10);
/// Most messages taken in before passes run again.
const INTAKE: usize = 4096;

/// Everything the engine's thread owns.
pub(super) struct Core {
    pub(super) world: World,
    pub(super) lanes: Vec<Box<dyn Lane>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) executor: Executor,
    pub(super) inbox: Sender<Message>,
    pub(super) recorders: Recorders,
    pub(super) leader: u64,
    /// Collections of which no snapshot came yet: no pass runs before all are here.
    pub(super) missing: BTreeSet<Resource>,
    pub(super) ready: bool,
    /// Whether passes run at all.
    pub(super) role: Role,
    /// Recordings that begin with the passes.
    pub(super) unstarted: Vec<Sink>,
    pub(super) waiting: Vec<oneshot::Sender<()>>,
    /// The lane whose assumptions lie over the World.
    pub(super) laid: Option<usize>,
}

/// The collections that a World of `interest` waits for; empty for the whole cluster.
pub(super) fn collections(interest: &Interest) -> BTreeSet<Resource> {
    match interest {
        Interest::All => BTreeSet::new(),
        Interest::Some(selections) => selections.iter().map(|selection| selection.resource.clone()).collect(),
    }
}

impl Core {
    /// Runs until told to stop.
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        loop {
            let mut next = self.wait(messages);
            for _ in 0..INTAKE {
                match next {
                    Some(Message::Stop) => return,
                    Some(message) => self.take(message),
                    None => break,
                }
                next = messages.try_recv().ok();
            }
            if let Some(message) = next {
                if matches!(message, Message::Stop) {
                    return;
                }
                self.take(message);
            }
            self.take_over();
            self.tick();
            self.run_passes();
            self.answer_waiting();
        }
    }

    fn wait(&self, messages: &Receiver<Message>) -> Option<Message> {
        if self.is_runnable() {
            return messages.try_recv().ok();
        }
        let due = self.lanes.iter().filter_map(|lane| lane.next_due(&self.world)).min();
        match due {
            None => Some(messages.recv().unwrap_or(Message::Stop)),
            Some(due) => match messages.recv_timeout(due.saturating_sub(self.clock.elapsed())) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Message::Stop),
            },
        }
    }

    fn is_runnable(&self) -> bool {
        self.ready && self.lanes.iter().any(|lane| lane.is_runnable())
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Feeds(feeds) => feeds.iter().for_each(|feed| self.absorb(feed)),
            Message::Observed(observation) => {
                self.recorders.observed(&*observation);
                let (delta, now) = (observation.apply(&mut self.world), self.clock.elapsed());
                self.lanes.iter_mut().for_each(|lane| lane.wake_observed(&self.world, &delta, now));
            }
            Message::Settled(settled) => {
                if self.lanes.get_mut(settled.lane).is_some_and(|lane| lane.overlay().is_some()) {
                    self.lay(Some(settled.lane));
                }
                self.with(settled.lane, |lane, cx| lane.settle(cx, settled));
            }
            Message::Effect(done) => self.with(done.lane, |lane, cx| lane.effect_done(cx, &done)),
            Message::Debug(name, answer) => {
                let lane = self.lanes.iter().find(|lane| lane.name() == name);
                // Who asked may have gone.
                let _ = answer.send(lane.map(|lane| lane.debug()));
            }
            Message::WhenQuiet(answer) => self.waiting.push(answer),
            Message::Record(sink) => self.record(sink.map(|sink| *sink)),
            Message::Lead(leader, from) => self.role.call(leader, from),
            Message::Stop => {}
        }
    }

    fn absorb(&mut self, feed: &Feed) {
        if matches!(feed, Feed::Snapshot { .. }) {
            self.world.set_time(self.clock.now());
        }
        self.recorders.feed(feed, self.clock.now());
        if self.role != Role::Acts {
            self.world.absorb(feed);
            return self.count_snapshot(feed);
        }
        let keys: Vec<Key> = match feed {
            Feed::Changes { changes, .. } if self.laid.is_some() => {
                changes.iter().map(|change| change.object.key.clone()).collect()
            }
            Feed::Snapshot { .. } => {
                self.lay(None);
                Vec::new()
            }
            _ => Vec::new(),
        };
        let kinds = Arc::clone(self.executor.kinds());
        if let Some(overlay) = self.laid.and_then(|laid| self.lanes.get_mut(laid)).and_then(|lane| lane.overlay()) {
            overlay.lift_keys(&mut self.world, keys.iter());
        }
        let (deltas, now) = (self.world.absorb(feed), self.clock.elapsed());
        self.lanes.iter_mut().for_each(|lane| lane.wake(&self.world, &deltas, now));
        for (place, lane) in self.lanes.iter_mut().enumerate() {
            let Some(overlay) = lane.overlay() else { continue };
            overlay.settle(&mut self.world, deltas.iter().map(|delta| &delta.key), &kinds);
            if self.laid == Some(place) {
                overlay.lay(&mut self.world, &kinds);
            }
        }
        self.count_snapshot(feed);
    }

    fn count_snapshot(&mut self, feed: &Feed) {
        if let (false, Feed::Snapshot { resources, .. }) = (self.ready, feed) {
            match resources {
                None => self.missing.clear(),
                Some(resources) => self.missing.retain(|resource| !resources.contains(resource)),
            }
            self.ready = self.missing.is_empty();
        }
    }

    fn tick(&mut self) {
        let now = self.clock.elapsed();
        self.lanes.iter_mut().for_each(|lane| lane.tick(&self.world, now));
    }

    /// Runs one pass per lane in turn until nothing can run or it is time to look at changes.
    fn run_passes(&mut self) {
        if !self.ready || self.role != Role::Acts {
            return;
        }
        let end = self.clock.elapsed() + RUN;
        loop {
            let mut ran = false;
            for place in 0..self.lanes.len() {
                if self.lanes.get(place).is_some_and(|lane| lane.is_runnable()) {
                    self.lay(Some(place));
                    self.with(place, |lane, cx| lane.run(cx));
                    ran = true;
                }
            }
            self.tick();
            if !ran || self.clock.elapsed() >= end {
                return;
            }
        }
    }

    /// Shows the World as lane `wanted` sees it; `None` as it is.
    fn lay(&mut self, wanted: Option<usize>) {
        let wanted = wanted.filter(|place| self.lanes.get_mut(*place).is_some_and(|lane| lane.overlay().is_some()));
        if self.laid == wanted {
            return;
        }
        let kinds = Arc::clone(self.executor.kinds());
        if let Some(overlay) = self.laid.and_then(|laid| self.lanes.get_mut(laid)).and_then(|lane| lane.overlay()) {
            overlay.lift(&mut self.world);
        }
        if let Some(overlay) = wanted.and_then(|place| self.lanes.get_mut(place)).and_then(|lane| lane.overlay()) {
            overlay.lay(&mut self.world, &kinds);
        }
        self.laid = wanted;
    }

    fn with(&mut self, place: usize, act: impl FnOnce(&mut dyn Lane, &mut Cx<'_>)) {
        let Some(lane) = self.lanes.get_mut(place) else { return };
        let mut cx = Cx {
            world: &mut self.world,
            clock: &*self.clock,
            runtime: &self.runtime,
            executor: &self.executor,
            inbox: &self.inbox,
            recorders: &mut self.recorders,
            leader: self.leader,
        };
        act(&mut **lane, &mut cx);
    }

    pub(super) fn record(&mut self, sink: Option<Sink>) {
        self.lay(None);
        let Some(sink) = sink else {
            self.unstarted.clear();
            self.recorders = Recorders::default();
            return;
        };
        if self.role != Role::Acts {
            return self.unstarted.push(sink);
        }
        let mut schema = Schema::default();
        let wanted = self.lanes.iter().filter(|lane| sink.wants(lane.name()));
        wanted.for_each(|lane| schema.merge(lane.schema()));
        self.recorders.start(sink, &schema.interest(), &self.world, self.clock.now());
    }

    fn answer_waiting(&mut self) {
        if !self.waiting.is_empty() && self.ready && self.lanes.iter().all(|lane| lane.is_quiet()) {
            // Who asked may have gone.
            for answer in self.waiting.drain(..) {
                let _ = answer.send(());
            }
        }
    }
}
