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
        // A watcher that resumes while a piece is cut may go back to before where the piece begins.
        let begins = waiting.iter().flat_map(|(_, seen)| seen).filter_map(|seen| match seen {
            Seen::Began { after } => Some(*after),
            _ => None,
        });
        let Some(low) = begins.min() else { return };
        self.acknowledged.retain(|written| matches!(written.answer, Answer::Acknowledged { revision, .. } if revision > low));
        let written = self.acknowledged.iter().chain(&self.unknown).cloned().collect();
        // It is judged somewhere else; where that has ended, the run fails anyway.
        let _ = cases.send(Case::Watches(written, waiting));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use kontiki_checker::Kind;
    use serde_json::json;

    use super::super::name::Sort;
    use super::super::way::Told;
    use super::*;

    #[test]
    fn what_a_watcher_sees_who_goes_back_to_before_the_piece_is_known_to_be_written() {
        let (ledger, (cases, judged)) = (Ledger::new(), channel());
        let tape = Arc::new(Mutex::new(Tape { seen: vec![Seen::Began { after: 1 }], position: 8 }));
        let tapes = [(Selection::All, Arc::clone(&tape))];
        let made = json!({"metadata": {"resourceVersion": "7"}});
        ledger.wrote(Name::new(Sort::Register, 1, 0), Some(Kind::Created), Some(3), &Told::Answer(201, made));
        let mut epochs = Epochs::default();
        epochs.cut(&ledger, &tapes, &cases);
        tape.lock().seen.push(Seen::Began { after: 6 });
        epochs.cut(&ledger, &tapes, &cases);
        epochs.finish(&ledger, &cases);
        for piece in 1..=2 {
            let Ok(Case::Watches(written, _)) = judged.try_recv() else { panic!("piece {piece} is not judged") };
            assert_eq!(written.len(), 1, "piece {piece}");
        }
    }
}
