//! The books of one namespace.

use std::collections::{BTreeMap, HashMap};

use kontiki_api::Text;
use kontiki_api::quota::Amounts;
use kontiki_store::Store;

use super::book::Book;
use super::ledger::{Charge, Written};

struct Pending {
    written: Written,
    taken: Vec<(Text, Amounts)>,
}

/// The books of a namespace's quotas, by their uids, and what requests have been promised that are not committed yet.
#[derive(Default)]
pub(super) struct Shelf {
    books: HashMap<Text, Book>,
    pending: BTreeMap<u64, Pending>,
    next: u64,
}

impl Shelf {
    /// Promises all of `charges` to whoever writes `written`; answers by which number the promise is given up.
    ///
    /// # Errors
    /// In upstream's words, where a quota does not allow it.
    pub fn take(&mut self, store: &dyn Store, written: Written, charges: Vec<Charge>) -> Result<u64, String> {
        for charge in &charges {
            let used = self.used(store, &written, charge);
            check(charge, &used)?;
        }
        let id = self.next;
        self.next += 1;
        let taken = charges.into_iter().map(|charge| (charge.uid, charge.wanted)).collect();
        self.pending.insert(id, Pending { written, taken });
        Ok(id)
    }

    /// Gives up a promise.
    pub fn give_up(&mut self, id: u64) {
        self.pending.remove(&id);
    }

    /// Forgets the books of other quotas than those with `uids`.
    pub fn keep(&mut self, uids: &[&Text]) {
        self.books.retain(|uid, _| uids.contains(&uid));
    }

    /// Whether there is nothing to know.
    pub fn is_empty(&self) -> bool {
        self.books.is_empty() && self.pending.is_empty()
    }

    /// What is used of a quota where `written` is asked for, promises counted.
    fn used(&mut self, store: &dyn Store, written: &Written, charge: &Charge) -> Amounts {
        let open = || Book::new(written.key.namespace.clone(), &charge.quota, &charge.hard);
        let book = self.books.entry(charge.uid.clone()).or_insert_with(open);
        if !book.is_of(&charge.quota) {
            *book = open();
        }
        let mut used = book.count(store, written.now).clone();
        for pending in self.pending.values().filter(|pending| !book.has_seen(&pending.written.key, pending.written.base)) {
            let taken = pending.taken.iter().filter(|(uid, _)| *uid == charge.uid);
            taken.for_each(|(_, amounts)| used.add(amounts));
        }
        used
    }
}

fn check(charge: &Charge, used: &Amounts) -> Result<(), String> {
    let (mut requested, mut before, mut limited) = (Amounts::default(), Amounts::default(), Amounts::default());
    for (name, wanted) in &charge.wanted.0 {
        let (own, Some(hard)) = (used.get(name).unwrap_or_default(), charge.hard.get(name)) else { continue };
        if own.plus(*wanted) > hard {
            requested.add_one(name, *wanted);
            before.add_one(name, own);
            limited.add_one(name, hard);
        }
    }
    if requested.0.is_empty() {
        return Ok(());
    }
    Err(format!("exceeded quota: {}, requested: {requested}, used: {before}, limited: {limited}", charge.name))
}
