use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwap;
use kontiki_checker::{Answer, Kind, Outcome, Written};
use parking_lot::Mutex;
use serde_json::Value;

use super::name::Name;
use super::round::Round;
use super::way::Told;

/// Where clients write down what they do, and from where they know what to do next.
pub struct Ledger {
    start: Instant,
    /// What clients work on now.
    pub round: ArcSwap<Round>,
    /// What they come back to all the time.
    pub lasting: Arc<Round>,
    /// Whether clients and watchers are to end.
    pub stop: AtomicBool,
    /// Operations asked for.
    pub asked: AtomicU64,
    /// Writes of unknown outcome.
    pub unknown: AtomicU64,
    /// Events, bookmarks included, that watchers were sent.
    pub events: AtomicU64,
    /// Watches begun again elsewhere.
    pub resumed: AtomicU64,
    /// When a write was acknowledged last, by [`Ledger::now`].
    pub answered: AtomicU64,
    newest: AtomicU64,
    next: AtomicU64,
    written: Mutex<Vec<Written<Name>>>,
    wrong: Mutex<Vec<String>>,
    refused: Mutex<Vec<String>>,
    answers: Mutex<BTreeMap<u16, u64>>,
}

impl Ledger {
    /// An empty one, with its first round.
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            round: ArcSwap::new(Round::new(1)),
            lasting: Round::lasting(),
            stop: AtomicBool::default(),
            asked: AtomicU64::default(),
            unknown: AtomicU64::default(),
            events: AtomicU64::default(),
            resumed: AtomicU64::default(),
            answered: AtomicU64::default(),
            newest: AtomicU64::default(),
            next: AtomicU64::default(),
            written: Mutex::default(),
            wrong: Mutex::default(),
            refused: Mutex::default(),
            answers: Mutex::default(),
        }
    }

    /// Nanoseconds since the run began.
    pub fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// A number that nobody was given before.
    pub fn unique(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The newest revision that anybody was told of: what is read from now on is no older.
    pub fn newest(&self) -> u64 {
        self.newest.load(Ordering::Acquire)
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Something that cannot be, found by whoever asked.
    pub fn accuse(&self, wrong: String) {
        eprintln!("chaos: VIOLATION: {wrong}");
        self.wrong.lock().push(wrong);
    }

    /// What clients found wrong themselves.
    pub fn accusations(&self) -> Vec<String> {
        self.wrong.lock().clone()
    }

    /// The writes that nobody may see, one per line, with what was told of each.
    pub fn refusals(&self) -> String {
        self.refused.lock().join("\n")
    }

    /// How often each code was answered.
    pub fn answers(&self) -> BTreeMap<u16, u64> {
        self.answers.lock().clone()
    }

    /// Counts an answer.
    pub fn count(&self, told: &Told) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let code = match told {
            Told::Answer(code, _) => *code,
            Told::Unsent => 0,
            Told::Lost => 1,
        };
        *self.answers.lock().entry(code).or_default() += 1;
    }

    /// Takes the write of `value` to an object down; returns what became of it.
    pub fn wrote(&self, name: Name, kind: Option<Kind>, value: Option<u64>, told: &Told) -> Outcome {
        let (answer, outcome) = match told {
            Told::Answer(200 | 201, _) if kind == Some(Kind::Deleted) => (Answer::Unknown, Outcome::Ok),
            Told::Answer(200 | 201, object) => match revision(object) {
                Some(revision) => (Answer::Acknowledged { revision, end: revision }, Outcome::Ok),
                None => return self.without_revision(name, object),
            },
            Told::Answer(500.., _) | Told::Lost => (Answer::Unknown, Outcome::Unknown),
            Told::Answer(..) | Told::Unsent => {
                self.refused.lock().push(format!("{} {name} {kind:?} {value:?}: {told:?}", self.now()));
                return Outcome::Failed;
            }
        };
        if let Answer::Acknowledged { revision, .. } = answer {
            self.newest.fetch_max(revision, Ordering::AcqRel);
        }
        match outcome {
            Outcome::Unknown => _ = self.unknown.fetch_add(1, Ordering::Relaxed),
            _ => self.answered.store(self.now(), Ordering::Release),
        }
        self.written.lock().push(Written { key: name, kind, value, answer });
        outcome
    }

    /// An object that is to go, by a deletion of many.
    pub fn deletes(&self, name: Name) {
        let (kind, answer) = (Some(Kind::Deleted), Answer::Unknown);
        self.written.lock().push(Written { key: name, kind, value: None, answer });
    }

    /// What was written since the last call.
    pub fn take_written(&self) -> Vec<Written<Name>> {
        std::mem::take(&mut self.written.lock())
    }

    fn without_revision(&self, name: Name, object: &Value) -> Outcome {
        self.accuse(format!("the write of {name} was answered with {object}"));
        Outcome::Unknown
    }
}

/// The revision of an object or a list.
pub fn revision(object: &Value) -> Option<u64> {
    object.pointer("/metadata/resourceVersion")?.as_str()?.parse().ok()
}
