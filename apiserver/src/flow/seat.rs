//! The right to run.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::level::Level;
use super::schema::Schema;
use super::state::State;

/// A request's right to run; given back when dropped.
pub(crate) struct Seat {
    schema: Arc<Schema>,
    level: Arc<Level>,
    /// Where it is given back to; nowhere for a request that is exempt.
    state: Weak<Mutex<State>>,
    /// Whether it is to be given back.
    held: bool,
    running: bool,
}

impl Seat {
    pub(super) fn new(schema: Arc<Schema>, level: Arc<Level>, state: Weak<Mutex<State>>) -> Self {
        Self { schema, level, state, held: false, running: false }
    }

    /// The same, taken: it is given back when dropped.
    pub(super) fn held(mut self) -> Self {
        self.held = true;
        self
    }

    /// The same, of a request that runs from now on.
    pub(super) fn started(mut self) -> Self {
        self.schema.figures.started();
        self.running = true;
        self
    }

    /// Drops it without giving it back.
    pub(super) fn forget(mut self) {
        self.held = false;
    }

    /// The uids of the flow schema and of the priority level that the request belongs to, for the answer.
    pub fn uids(&self) -> (&str, &str) {
        (&self.schema.uid, &self.level.uid)
    }

    /// The name of the priority level.
    #[cfg(test)]
    pub fn level(&self) -> &kontiki_api::Text {
        &self.level.name
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.running {
            self.schema.figures.ended();
        }
        if let Some(state) = self.state.upgrade().filter(|_| self.held) {
            state.lock().leave(&self.level.name);
        }
    }
}
