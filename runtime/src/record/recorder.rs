//! Writes recordings.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

use kontiki_api::meta::Resource;
use kontiki_api::object::Object;
use kontiki_api::time::Time;
use ring::hmac;
use serde_json::Value;

use super::line::{FORMAT, Line, PassLine, RecordedObject};
use super::redact::{redact_plan, redact_secret};
use crate::client::{Feed, Interest};
use crate::world::{AnyObservation, World};

/// Where a recording goes, what of, and the key under which secret values are hashed.
pub struct Sink {
    writer: Box<dyn Write + Send>,
    key: hmac::Key,
    only: BTreeSet<String>,
    setup: Value,
}

impl Sink {
    /// Into `writer`; `key` should be random and forgotten: with it guesses of secret values could be checked.
    pub fn new(writer: impl Write + Send + 'static, key: &[u8; 32]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        Self { writer: Box::new(writer), key, only: BTreeSet::new(), setup: Value::Null }
    }

    /// Records the passes of these reconcilers alone, and of the cluster what they look at; all of them where none is named.
    #[must_use]
    pub fn only(mut self, reconcilers: impl IntoIterator<Item = String>) -> Self {
        self.only.extend(reconcilers);
        self
    }

    /// Records how the reconcilers were set up: whoever replays them makes them alike (see [`super::setup`]).
    #[must_use]
    pub fn setup(mut self, setup: Value) -> Self {
        self.setup = setup;
        self
    }

    /// Whether passes of `reconciler` are wanted.
    pub(crate) fn wants(&self, reconciler: &str) -> bool {
        self.only.is_empty() || self.only.contains(reconciler)
    }
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sink")
    }
}

/// Writes what an engine sees and decides. Each line is flushed; the first failure ends the recording.
#[derive(Debug)]
pub struct Recorder {
    sink: Sink,
    /// The collections recorded; `None` for all.
    resources: Option<BTreeSet<Resource>>,
    broken: bool,
}

impl Recorder {
    /// Begins with what `world` holds of `interest`, so that a recording can start at any time.
    pub fn start(sink: Sink, interest: &Interest, world: &World, time: Time) -> Self {
        let resources = match interest {
            Interest::All => None,
            Interest::Some(selections) => Some(selections.iter().map(|selection| selection.resource.clone()).collect()),
        };
        let setup = sink.setup.clone();
        let mut recorder = Self { sink, resources, broken: false };
        recorder.write(&Line::Start { format: FORMAT, time, setup });
        for feed in world.as_feeds() {
            recorder.feed(&feed, Time::default());
        }
        for observation in world.observations_json() {
            recorder.write(&Line::Observed(observation));
        }
        recorder
    }

    /// Writes what a feed delivered; snapshots count as of `now`.
    pub fn feed(&mut self, feed: &Feed, now: Time) {
        let line = match feed {
            Feed::Snapshot { resources, revision, objects } => Line::Snapshot {
                resources: resources.clone(),
                revision: *revision,
                time: now,
                objects: objects.iter().filter(|object| self.holds(object)).map(|object| self.object(object)).collect(),
            },
            Feed::Changes { revision, time, changes } => {
                let held = changes.iter().filter(|change| self.holds(&change.object));
                let changes: Vec<_> = held.map(|change| (self.object(&change.object), change.deleted)).collect();
                if changes.is_empty() {
                    return;
                }
                Line::Changes { revision: *revision, time: *time, changes }
            }
            Feed::Progress { resources, revision } => Line::Progress { resources: resources.clone(), revision: *revision },
        };
        self.write(&line);
    }

    /// Writes an observation.
    pub fn observed(&mut self, observation: &dyn AnyObservation) {
        self.write(&Line::Observed(observation.to_json()));
    }

    /// Writes a pass.
    pub fn pass(&mut self, pass: &PassLine) {
        let mut pass = pass.clone();
        redact_plan(&self.sink.key, &mut pass.plan);
        for object in pass.assumed.iter_mut().filter(|object| object.key.resource.as_str() == "secrets") {
            redact_secret(&self.sink.key, &mut object.object);
        }
        self.write(&Line::Pass(Box::new(pass)));
    }

    fn holds(&self, object: &Object) -> bool {
        self.resources.as_ref().is_none_or(|resources| resources.contains(&object.key.resource))
    }

    fn object(&self, object: &Arc<Object>) -> RecordedObject {
        let mut recorded = RecordedObject::of(object);
        if object.key.resource.as_str() == "secrets" {
            redact_secret(&self.sink.key, &mut recorded.object);
        }
        recorded
    }

    fn write(&mut self, line: &Line) {
        if self.broken {
            return;
        }
        let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            self.sink.writer.write_all(&bytes)?;
            self.sink.writer.flush()
        });
        if let Err(error) = written {
            tracing::warn!(%error, "a recording cannot be written any more and ends here");
            self.broken = true;
        }
    }
}

/// The recordings that are being made.
#[derive(Debug, Default)]
pub(crate) struct Recorders(Vec<Recorder>);

impl Recorders {
    /// Begins another.
    pub fn start(&mut self, sink: Sink, interest: &Interest, world: &World, time: Time) {
        self.0.push(Recorder::start(sink, interest, world, time));
    }

    /// Whether any wants passes of `reconciler`.
    pub fn want(&self, reconciler: &str) -> bool {
        self.0.iter().any(|recorder| recorder.sink.wants(reconciler))
    }

    /// Writes what a feed delivered.
    pub fn feed(&mut self, feed: &Feed, now: Time) {
        self.each(|recorder| recorder.feed(feed, now));
    }

    /// Writes an observation.
    pub fn observed(&mut self, observation: &dyn AnyObservation) {
        self.each(|recorder| recorder.observed(observation));
    }

    /// Writes a pass, where it is wanted.
    pub fn pass(&mut self, pass: &PassLine) {
        let wanting = self.0.iter_mut().filter(|recorder| recorder.sink.wants(&pass.reconciler));
        wanting.for_each(|recorder| recorder.pass(pass));
        self.0.retain(|recorder| !recorder.broken);
    }

    fn each(&mut self, mut act: impl FnMut(&mut Recorder)) {
        self.0.iter_mut().for_each(&mut act);
        self.0.retain(|recorder| !recorder.broken);
    }
}
