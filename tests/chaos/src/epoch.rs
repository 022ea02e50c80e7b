use std::sync::Arc;
use std::sync::mpsc::Sender;

use kontiki_checker::{Answer, Seen, Written};
use parking_lot::Mutex;

use super::judge::Case;
use super::ledger::Ledger;
use super::name::Name;
use super::watcher::{Selection, Tape};

/// What is watched, in pieces: so that what was judged can be forgotten. A piece is judged when the next is over, so
/// that the writers of all it holds have been answered.
#[derive(Default)]
pub struct Epochs {
    acknowledged: Vec<Written<Name>>,
    unknown: Vec<Written<Name>>,
    waiting: Vec<(Selection, Vec<Seen<Name>>)>,
}

impl Epochs {
    /// Ends a piece, and lets the one before be judged.
    pub fn cut(&mut self, ledger: &Ledger, tapes: &[(Selection, Arc<Mutex<Tape>>)], cases: &Sender<Case>) {
        self.take(ledger);
        self.judge(cases);
        self.waiting = tapes.iter().map(|(selection, tape)| (*selection, tape.lock().cut())).collect();
    }

    /// Lets the last piece be judged, when nobody asks for anything any more.
    pub fn finish(&mut self, ledger: &Ledger, cases: &Sender<Case>) {
        self.take(ledger);
        self.judge(cases);
    }

    fn take(&mut self, ledger: &Ledger) {
        let (known, unknown): (Vec<_>, Vec<_>) =
            ledger.take_written().into_iter().partition(|written| matches!(written.answer, Answer::Acknowledged { .. }));
        self.acknowledged.extend(known);
        self.unknown.extend(unknown);
    }

    fn judge(&mut self, cases: &Sender<Case>) {
        let waiting = std::mem::take(&mut self.waiting);
        let begins = waiting.iter().filter_map(|(_, seen)| match seen.first() {
            Some(Seen::Began { after }) => Some(*after),
            _ => None,
        });
        let Some(low) = begins.min() else { return };
        self.acknowledged.retain(|written| matches!(written.answer, Answer::Acknowledged { revision, .. } if revision > low));
        let written = self.acknowledged.iter().chain(&self.unknown).cloned().collect();
        // It is judged somewhere else; where that has ended, the run fails anyway.
        let _ = cases.send(Case::Watches(written, waiting));
    }
}
