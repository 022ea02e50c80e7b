use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use super::truth::{Fact, Truth};
use super::{Breach, Change, Promise, Seen, Watcher, Written};

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Changes that are known to have happened.
    pub changes: usize,
    /// Changes that watchers saw.
    pub deliveries: usize,
    /// Watches begun, resumed ones included.
    pub watches: usize,
    /// Lists whose contents were compared.
    pub lists: usize,
    /// Bookmarks.
    pub bookmarks: usize,
    /// Refusals because the past is not kept.
    pub expiries: usize,
}

/// Whether every watcher saw what it was promised. `written` has every change that anybody asked for in what is
/// watched and that was not refused. Takes time linear in changes times watchers.
///
/// Whatever one watcher saw has happened: so a change of unknown outcome is asked of all of them, or of none.
///
/// # Errors
/// The first broken promise found.
pub fn check_watches<K: Clone + Debug + Eq + Hash>(
    written: &[Written<K>],
    watchers: &[Watcher<K>],
) -> Result<Examined, Breach<K>> {
    let truth = Truth::of(written, watchers)?;
    let mut examined = Examined { changes: truth.len(), ..Examined::default() };
    for watcher in watchers {
        let mut examiner = Examiner::new(watcher, &truth, &mut examined);
        for (at, seen) in watcher.seen.iter().enumerate() {
            examiner.at = at;
            examiner.take(seen)?;
        }
    }
    Ok(examined)
}

/// Goes through what one watcher saw.
struct Examiner<'a, K> {
    watcher: &'a Watcher<K>,
    truth: &'a Truth<K>,
    examined: &'a mut Examined,
    /// The item that is looked at.
    at: usize,
    /// Everything selected up to here has been seen.
    position: u64,
    /// The place in the truth behind that.
    next: usize,
    /// Whether the position is that of a bookmark.
    bookmarked: bool,
    /// Whether nothing has come since the watch was resumed.
    resumed: bool,
    begun: bool,
    /// The change that came last.
    last: Option<u64>,
}

impl<'a, K: Clone + Debug + Eq + Hash> Examiner<'a, K> {
    fn new(watcher: &'a Watcher<K>, truth: &'a Truth<K>, examined: &'a mut Examined) -> Self {
        let (at, position, next, last) = (0, 0, 0, None);
        Self { watcher, truth, examined, at, position, next, bookmarked: false, resumed: false, begun: false, last }
    }

    fn take(&mut self, seen: &Seen<K>) -> Result<(), Breach<K>> {
        match seen {
            Seen::Began { after } => {
                self.examined.watches += 1;
                self.resumed = std::mem::replace(&mut self.begun, true);
                (self.bookmarked, self.last) = (false, None);
                (self.position, self.next) = (*after, self.truth.after(*after));
                Ok(())
            }
            Seen::Listed { revision, objects } => self.list(*revision, objects),
            Seen::Changes { end, changes } => self.changes(*end, changes),
            Seen::Bookmark { revision } => self.bookmark(*revision),
            Seen::Expired { asked, oldest } => {
                self.examined.expiries += 1;
                let (watcher, at) = (self.name(), self.at);
                let needless = Breach::NeedlessExpiry { watcher, at, asked: *asked, oldest: *oldest };
                if asked < oldest { Ok(()) } else { Err(needless) }
            }
        }
    }

    /// Every object whose newest change before the list is known stands in it as that change left it.
    fn list(&mut self, revision: u64, objects: &[(K, u64, Option<u64>)]) -> Result<(), Breach<K>> {
        self.examined.lists += 1;
        let found: HashMap<&K, (u64, Option<u64>)> = objects.iter().map(|(key, at, value)| (key, (*at, *value))).collect();
        let known = self.truth.as_of(revision);
        let selected = known.values().filter(|fact| (self.watcher.selects)(&fact.key));
        let mut wrong = selected.filter(|fact| !self.truth.fits(fact, found.get(&fact.key).copied()));
        let Some(fact) = wrong.next() else { return Ok(()) };
        let found = found.get(&fact.key).map(|(at, _)| *at);
        Err(Breach::Listing { watcher: self.name(), at: self.at, revision, found, known: fact.change() })
    }

    fn changes(&mut self, end: Option<u64>, changes: &[Change<K>]) -> Result<(), Breach<K>> {
        self.examined.deliveries += changes.len();
        for change in changes {
            self.change(change, end)?;
            self.resumed = false;
        }
        let Some(end) = end else { return Ok(()) };
        let rest = self.missing(|fact| fact.revision <= end || fact.end == Some(end));
        if let Some((_, fact)) = rest {
            return Err(Breach::Split { watcher: self.name(), at: self.at, end, missing: fact.change() });
        }
        self.advance(end);
        Ok(())
    }

    fn change(&mut self, change: &Change<K>, end: Option<u64>) -> Result<(), Breach<K>> {
        let (watcher, at, revision) = (self.name(), self.at, change.revision);
        if !(self.watcher.selects)(&change.key) {
            return Err(Breach::Foreign { watcher, at, change: change.clone() });
        }
        if revision <= self.position {
            let after = self.position;
            return Err(match self.last {
                Some(last) if last == revision => Breach::Repeat { watcher, at, revision },
                _ if self.bookmarked => Breach::BehindBookmark { watcher, at, revision, bookmark: after },
                _ if self.resumed => Breach::Repeat { watcher, at, revision },
                _ => Breach::Disorder { watcher, at, revision, after },
            });
        }
        if let Some((_, fact)) = self.missing(|fact| fact.revision < revision) {
            let promise = if self.resumed { Promise::Resumable } else { Promise::Reliable };
            return Err(Breach::Gap { watcher, at, promise, missing: fact.change() });
        }
        let of_another = |fact: &Fact<K>| end.is_some() && fact.end.is_some() && fact.end != end;
        if let Some((_, fact)) = self.missing(|fact| fact.revision == revision).filter(|(_, fact)| of_another(fact)) {
            return Err(Breach::Split { watcher, at, end: end.unwrap_or_default(), missing: fact.change() });
        }
        self.last = Some(revision);
        self.advance(revision);
        Ok(())
    }

    fn bookmark(&mut self, revision: u64) -> Result<(), Breach<K>> {
        self.examined.bookmarks += 1;
        let (watcher, at) = (self.name(), self.at);
        if revision < self.position {
            return Err(Breach::BookmarkWentBack { watcher, at, revision, after: self.position });
        }
        if let Some((_, fact)) = self.missing(|fact| fact.revision <= revision) {
            return Err(Breach::Gap { watcher, at, promise: Promise::Bookmarkable, missing: fact.change() });
        }
        self.advance(revision);
        self.bookmarked = true;
        Ok(())
    }

    /// The first selected change behind the position, where it is of those.
    fn missing(&self, of_those: impl Fn(&Fact<K>) -> bool) -> Option<(usize, &'a Fact<K>)> {
        let mut behind = self.truth.from(self.next).take_while(|(_, fact)| of_those(fact));
        behind.find(|(_, fact)| (self.watcher.selects)(&fact.key))
    }

    fn advance(&mut self, revision: u64) {
        if revision > self.position {
            self.bookmarked = false;
        }
        self.position = self.position.max(revision);
        let behind = self.truth.from(self.next).take_while(|(_, fact)| fact.revision <= self.position).count();
        self.next += behind;
    }

    fn name(&self) -> String {
        self.watcher.name.clone()
    }
}
