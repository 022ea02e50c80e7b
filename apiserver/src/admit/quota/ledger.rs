//! The books of all quotas, and what is about to be committed.

use std::collections::HashMap;
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::quota::Amounts;
use kontiki_api::time::Time;
use kontiki_store::{Range, Store};
use parking_lot::Mutex;
use serde_json::Value;

use super::shelf::Shelf;

/// The collection of quotas.
pub(super) const QUOTAS: &str = "resourcequotas";
/// Namespaces known before it is asked whether some have no quota any more.
const FEW: usize = 32;

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

/// The books of all quotas, a shelf for each namespace: who counts in one waits for nobody in another.
#[derive(Default)]
pub(super) struct Ledger(Mutex<State>);

#[derive(Default)]
struct State {
    shelves: HashMap<Text, Arc<Mutex<Shelf>>>,
    /// How many there were when they were last looked through.
    stayed: usize,
}

/// Keeps what a request was promised until it is dropped: once the commit is visible or refused.
pub(super) struct Hold {
    shelf: Arc<Mutex<Shelf>>,
    id: u64,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.shelf.lock().give_up(self.id);
    }
}

impl Ledger {
    /// Promises all of `charges`, which are quotas of one namespace, to whoever writes `written` there. Two requests never get
    /// the same rest: promises count until they are seen in the store.
    ///
    /// # Errors
    /// In upstream's words, where a quota does not allow it.
    pub fn take(&self, store: &dyn Store, written: Written, charges: Vec<Charge>) -> Result<Hold, String> {
        self.sweep(store);
        let shelf = self.shelf(&written.key.namespace);
        let id = shelf.lock().take(store, written, charges)?;
        Ok(Hold { shelf, id })
    }

    /// Forgets the books of quotas of `namespace` other than those with `uids`; where there are none, the namespace.
    pub fn keep(&self, namespace: &Text, uids: &[&Text]) {
        let Some(shelf) = self.0.lock().shelves.get(namespace).cloned() else { return };
        shelf.lock().keep(uids);
        drop(shelf);
        let mut state = self.0.lock();
        // A shelf that somebody else has at hand stays, for promises are noted there.
        let unused = |shelf: &Arc<Mutex<Shelf>>| Arc::strong_count(shelf) == 1 && shelf.lock().is_empty();
        if uids.is_empty() && state.shelves.get(namespace).is_some_and(unused) {
            state.shelves.remove(namespace);
        }
    }

    /// The shelf of `namespace`.
    pub fn shelf(&self, namespace: &Text) -> Arc<Mutex<Shelf>> {
        Arc::clone(self.0.lock().shelves.entry(namespace.clone()).or_default())
    }

    /// Forgets namespaces that have no quota any more, however they lost it, whenever there are twice as many as stayed before.
    fn sweep(&self, store: &dyn Store) {
        let known: Vec<Text> = {
            let state = self.0.lock();
            if state.shelves.len() < FEW.max(2 * state.stayed) {
                return;
            }
            state.shelves.keys().cloned().collect()
        };
        for namespace in known {
            if store.list(&Range::Namespace(QUOTAS.into(), namespace.clone())).objects.is_empty() {
                self.keep(&namespace, &[]);
            }
        }
        let mut state = self.0.lock();
        state.stayed = state.shelves.len();
    }

    #[cfg(test)]
    pub fn namespaces(&self) -> usize {
        self.0.lock().shelves.len()
    }
}
