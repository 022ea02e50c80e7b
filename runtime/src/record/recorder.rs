//! Writes recordings.

use std::io::{self, Write};
use std::sync::Arc;

use kontiki_api::object::Object;
use kontiki_api::time::Time;
use ring::hmac;

use super::line::{FORMAT, Line, PassLine, RecordedObject};
use super::redact::{redact_plan, redact_secret};
use crate::client::Feed;
use crate::world::{AnyObservation, World};

/// Where a recording goes, and the key under which secret values are hashed.
pub struct Sink {
    writer: Box<dyn Write + Send>,
    key: hmac::Key,
}

impl Sink {
    /// Into `writer`; `key` should be random and forgotten: with it guesses of secret values could be checked.
    pub fn new(writer: impl Write + Send + 'static, key: &[u8; 32]) -> Self {
        Self { writer: Box::new(writer), key: hmac::Key::new(hmac::HMAC_SHA256, key) }
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
    sink: Option<Sink>,
}

impl Recorder {
    /// Begins with everything `world` holds, so that a recording can start at any time.
    pub fn start(sink: Sink, world: &World, time: Time) -> Self {
        let mut recorder = Self { sink: Some(sink) };
        recorder.write(&Line::Start { format: FORMAT, time });
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
                objects: objects.iter().map(|object| self.object(object)).collect(),
            },
            Feed::Changes { revision, time, changes } => Line::Changes {
                revision: *revision,
                time: *time,
                changes: changes.iter().map(|change| (self.object(&change.object), change.deleted)).collect(),
            },
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
        if let Some(sink) = &self.sink {
            redact_plan(&sink.key, &mut pass.plan);
            for object in pass.assumed.iter_mut().filter(|object| object.key.resource.as_str() == "secrets") {
                redact_secret(&sink.key, &mut object.object);
            }
        }
        self.write(&Line::Pass(Box::new(pass)));
    }

    fn object(&self, object: &Arc<Object>) -> RecordedObject {
        let mut recorded = RecordedObject::of(object);
        if let Some(sink) = self.sink.as_ref().filter(|_| object.key.resource.as_str() == "secrets") {
            redact_secret(&sink.key, &mut recorded.object);
        }
        recorded
    }

    fn write(&mut self, line: &Line) {
        let Some(sink) = &mut self.sink else { return };
        let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            sink.writer.write_all(&bytes)?;
            sink.writer.flush()
        });
        if let Err(error) = written {
            tracing::error!(%error, "the recording cannot be written and ends here");
            self.sink = None;
        }
    }
}
