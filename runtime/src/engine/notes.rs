//! What is remembered of passes, for people and metrics.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kontiki_api::time::Time;
use serde_json::{Value, json};

use crate::plan::{Intent, IntentOutcome};

/// How many passes are remembered per reconciler.
const KEPT: usize = 16;

/// One pass.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) plan: u64,
    pub(super) keys: String,
    pub(super) at: Time,
    pub(super) took: Duration,
    pub(super) intents: Arc<[Intent]>,
    pub(super) error: Option<String>,
    pub(super) outcomes: Vec<IntentOutcome>,
}

/// The last passes.
#[derive(Debug, Default)]
pub(super) struct Notes(VecDeque<Note>);

impl Notes {
    pub(super) fn push(&mut self, note: Note) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(note);
    }

    pub(super) fn settle(&mut self, plan: u64, outcomes: &[IntentOutcome]) {
        if let Some(note) = self.0.iter_mut().find(|note| note.plan == plan) {
            note.outcomes = outcomes.to_vec();
        }
    }

    pub(super) fn to_json(&self, redact: impl Fn(&[Intent]) -> Value) -> Value {
        let passes = self.0.iter().rev().map(|note| {
            json!({
                "keys": note.keys, "at": note.at, "took_us": u64::try_from(note.took.as_micros()).unwrap_or(u64::MAX),
                "plan": redact(&note.intents), "error": note.error, "outcomes": note.outcomes,
            })
        });
        passes.collect()
    }
}

/// Figures of one reconciler, for metrics. They only rise.
#[derive(Debug, Default)]
pub struct Figures {
    passes: AtomicU64,
    stuck: AtomicU64,
    intents: AtomicU64,
    refused: AtomicU64,
    pass_us: AtomicU64,
    queue: AtomicU64,
}

impl Figures {
    pub(super) fn passed(&self, took: Duration, stuck: bool) {
        self.passes.fetch_add(1, Ordering::Relaxed);
        self.stuck.fetch_add(u64::from(stuck), Ordering::Relaxed);
        self.pass_us.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn settled(&self, outcomes: &[IntentOutcome]) {
        self.intents.fetch_add(outcomes.len() as u64, Ordering::Relaxed);
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, IntentOutcome::Refused(_))).count();
        self.refused.fetch_add(refused as u64, Ordering::Relaxed);
    }

    pub(super) fn waiting(&self, keys: usize) {
        self.queue.store(keys as u64, Ordering::Relaxed);
    }

    /// Passes run.
    pub fn passes(&self) -> u64 {
        self.passes.load(Ordering::Relaxed)
    }

    /// Passes without a plan.
    pub fn stuck(&self) -> u64 {
        self.stuck.load(Ordering::Relaxed)
    }

    /// Intents carried out or refused.
    pub fn intents(&self) -> u64 {
        self.intents.load(Ordering::Relaxed)
    }

    /// Intents refused.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Time spent in passes.
    pub fn time_in_passes(&self) -> Duration {
        Duration::from_micros(self.pass_us.load(Ordering::Relaxed))
    }

    /// Keys waiting for their turn.
    pub fn queue(&self) -> u64 {
        self.queue.load(Ordering::Relaxed)
    }
}
