//! The books of all quotas, and what is about to be committed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::quota::Amounts;
use kontiki_api::time::Time;
use kontiki_store::Store;
use parking_lot::Mutex;
use serde_json::Value;

use super::book::Book;

/// What a request would take of one quota.
pub(super) struct Charge {
    /// The quota's name.
    pub name: Text,
    /// Its uid.
    pub uid: Text,
    /// The quota.
    pub quota: Value,
    /// Its limits.
    pub hard: Amounts,
    /// What is taken of what it limits.
    pub wanted: Amounts,
}

/// The object that a request writes, the revision it writes over, and when.
pub(super) struct Written {
    /// Its key.
    pub key: Key,
    /// The revision before; `None` for a new object.
    pub base: Option<Revision>,
    /// The time of the request.
    pub now: Time,
}

struct Pending {
    written: Written,
    taken: Vec<(Text, Amounts)>,
}

#[derive(Default)]
struct State {
    books: HashMap<Text, Book>,
    pending: BTreeMap<u64, Pending>,
    next: u64,
}

/// The books of all quotas, and what requests have been promised that are not committed yet.
#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<State>>);

/// Keeps what a request was promised until it is dropped: once the commit is visible or refused.
pub(super) struct Hold {
    ledger: Ledger,
    id: u64,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.ledger.0.lock().pending.remove(&self.id);
    }
}

impl Ledger {
    /// Promises all of `charges`, which are quotas of `namespace`, to whoever writes `written`. Two requests never get
    /// the same rest: promises count until they are seen in the store.
    ///
    /// # Errors
    /// In upstream's words, where a quota does not allow it.
    pub fn take(&self, store: &dyn Store, written: Written, charges: Vec<Charge>) -> Result<Hold, String> {
        let mut state = self.0.lock();
        for charge in &charges {
            let used = state.used(store, &written, charge);
            check(charge, &used)?;
        }
        let id = state.next;
        state.next += 1;
        let taken = charges.into_iter().map(|charge| (charge.uid, charge.wanted)).collect();
        state.pending.insert(id, Pending { written, taken });
        drop(state);
        Ok(Hold { ledger: self.clone(), id })
    }

    /// Forgets the books of quotas of `namespace` other than `quotas`.
    pub fn keep(&self, namespace: &Text, quotas: &[&Text]) {
        self.0.lock().books.retain(|uid, book| book.namespace != *namespace || quotas.contains(&uid));
    }
}

impl State {
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
