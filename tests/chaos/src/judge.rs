use std::fmt::{Debug, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use kontiki_checker::{
    Contradiction, Operation, Outcome, Seen, Watcher, Written, check_list, check_register, check_set, check_watches,
};
use parking_lot::Mutex;

use super::name::Name;
use super::round::{History, Round};
use super::watcher::Selection;

/// What is to be judged.
pub enum Case {
    /// A round that is over.
    Round(Arc<Round>),
    /// What watchers saw, beside all that was written meanwhile.
    Watches(Vec<Written<Name>>, Vec<(Selection, Vec<Seen<Name>>)>),
}

/// What came of it so far.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Operations that fit.
    pub checked: u64,
    /// Changes and bookmarks that watchers were right to see.
    pub deliveries: u64,
    /// Bookmarks among these.
    pub bookmarks: u64,
    /// Watches, resumed ones included.
    pub watches: u64,
    /// Lists whose contents were compared with what was known.
    pub lists: u64,
    /// Refusals because the past was not kept.
    pub expiries: u64,
    /// Histories of which nothing can be told.
    pub undecided: u64,
    /// What cannot have happened.
    pub violations: Vec<String>,
}

/// Judges case after case, until nobody sends more. Histories that fail are written to `folder`.
pub fn judge(cases: Receiver<Case>, verdict: &Mutex<Verdict>, folder: &Path) {
    let judge = Judge { verdict, folder };
    while let Ok(case) = cases.recv() {
        match case {
            Case::Round(round) => judge.round(&round),
            Case::Watches(written, tapes) => judge.watches(&written, tapes),
        }
    }
}

struct Judge<'a> {
    verdict: &'a Mutex<Verdict>,
    folder: &'a Path,
}

impl Judge<'_> {
    fn round(&self, round: &Round) {
        self.each("register", round.number, &round.registers, |history| check_register(None, history));
        self.each("list", round.number, &round.lists, check_list);
        self.each("set", round.number, &round.sets, check_set);
        self.each("collection", round.number, &round.collections, check_set);
    }

    fn each<C: Debug + Clone>(
        &self,
        what: &str,
        round: u32,
        histories: &[History<C>],
        check: impl Fn(&[Operation<C>]) -> Result<(), Contradiction>,
    ) {
        for (at, history) in histories.iter().enumerate() {
            let mut history = history.lock().clone();
            history.sort_by_key(|operation| operation.invoked);
            match check(&history) {
                Ok(()) => {
                    let certain = history.iter().filter(|operation| operation.outcome != Outcome::Unknown).count();
                    self.verdict.lock().checked += certain as u64;
                }
                Err(Contradiction::TooMany { .. }) => self.verdict.lock().undecided += 1,
                Err(wrong) => {
                    let title = format!("{what} {round}-{at}: {}", wrong.explain(&history));
                    self.report(title, history.iter().map(|operation| format!("{operation:?}")));
                }
            }
        }
    }

    fn watches(&self, written: &[Written<Name>], tapes: Vec<(Selection, Vec<Seen<Name>>)>) {
        let watcher = |(number, (selection, seen)): (usize, (Selection, Vec<Seen<Name>>))| Watcher {
            name: format!("watcher {number} of {selection:?}"),
            selects: Box::new(move |name: &Name| selection.selects(name)),
            seen,
        };
        let watchers: Vec<Watcher<Name>> = tapes.into_iter().enumerate().map(watcher).collect();
        match check_watches(written, &watchers) {
            Ok(examined) => {
                let mut verdict = self.verdict.lock();
                verdict.deliveries += (examined.deliveries + examined.bookmarks) as u64;
                verdict.bookmarks += examined.bookmarks as u64;
                verdict.lists += examined.lists as u64;
                verdict.watches += examined.watches as u64;
                verdict.expiries += examined.expiries as u64;
            }
            Err(breach) => {
                let lines = watchers.iter().flat_map(|watcher| {
                    let name = watcher.name.clone();
                    watcher.seen.iter().enumerate().map(move |(at, seen)| format!("{name}, item {at}: {seen:?}"))
                });
                let lines = lines.chain(written.iter().map(|one| format!("{one:?}")));
                self.report(format!("watch promise {:?}: {breach}", breach.promise()), lines);
            }
        }
    }

    fn report(&self, title: String, lines: impl Iterator<Item = String>) {
        let mut verdict = self.verdict.lock();
        let path = self.folder.join(format!("violation-{}.txt", verdict.violations.len() + 1));
        let mut text = format!("{title}\n\n");
        lines.for_each(|line| _ = writeln!(text, "{line}"));
        let kept = match std::fs::write(&path, text) {
            Ok(()) => format!("{title}\n  history: {}", path.display()),
            Err(error) => format!("{title}\n  (history not kept: {error})"),
        };
        eprintln!("chaos: VIOLATION: {kept}");
        verdict.violations.push(kept);
    }
}
