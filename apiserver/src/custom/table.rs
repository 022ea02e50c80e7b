//! The kinds served now: the built-in rows and those of the stored definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use kontiki_api::Text;
use kontiki_api::custom::{Crd, DEFINITIONS, rows};
use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_store::{Range, Store};
use parking_lot::Mutex;
use tracing::error;

/// The table. It is brought up to date by whoever looks into it: a definition that can be seen is
/// served, on every master, without anybody waiting for news of it.
pub(crate) struct KindTable {
    store: Arc<dyn Store>,
    builtin: Kinds,
    current: ArcSwap<Kinds>,
    known: Mutex<BTreeMap<Text, Arc<Crd>>>,
}

impl KindTable {
    /// A table of built-in kinds alone.
    pub fn new(store: Arc<dyn Store>, builtin: Kinds) -> Self {
        Self { store, current: ArcSwap::from_pointee(builtin.clone()), builtin, known: Mutex::default() }
    }

    /// The rows that are always there.
    pub const fn builtin(&self) -> &Kinds {
        &self.builtin
    }

    /// The row served at `group`/`version`/`plural`.
    pub fn row(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        if let Some(row) = self.builtin.get(group, version, plural) {
            return Some(Arc::clone(row));
        }
        if group.is_empty() {
            return None;
        }
        let name: Text = format!("{plural}.{group}").into();
        let stored = self.store.get(&Key::new(DEFINITIONS, "", name.clone()));
        let served = self.current.load().get(group, version, plural).cloned();
        let seen = served.as_ref().and_then(|row| row.custom.as_ref()).map(|custom| custom.crd().object.revision);
        if stored.as_ref().map(|stored| stored.revision) == seen {
            return served;
        }
        self.update(&mut self.known.lock(), name, stored);
        self.current.load().get(group, version, plural).cloned()
    }

    /// The row that serves `kind` in `api_version`, as an object's own type meta says.
    pub fn by_kind(&self, api_version: &str, kind: &str) -> Option<Arc<Kind>> {
        if let Some(row) = self.builtin.by_kind(api_version, kind) {
            return Some(Arc::clone(row));
        }
        let known = self.current.load().by_kind(api_version, kind).cloned();
        let now = known.and_then(|row| self.row(&row.group, &row.version, &row.plural)).filter(|row| &*row.kind == kind);
        now.or_else(|| self.all().by_kind(api_version, kind).cloned())
    }

    /// Every row.
    pub fn all(&self) -> Arc<Kinds> {
        let stored = self.store.list(&Range::Resource(DEFINITIONS.into())).objects;
        let mut known = self.known.lock();
        let names: BTreeSet<&Text> = stored.iter().map(|object| &object.key.name).collect();
        let gone: Vec<Text> = known.keys().filter(|name| !names.contains(name)).cloned().collect();
        for name in gone {
            self.update(&mut known, name, None);
        }
        for object in stored {
            self.update(&mut known, object.key.name.clone(), Some(object));
        }
        self.current.load_full()
    }

    /// The definition called `name`, as it was last read.
    pub fn definition(&self, name: &Text) -> Option<Arc<Crd>> {
        let stored = self.store.get(&Key::new(DEFINITIONS, "", name.clone()));
        let mut known = self.known.lock();
        self.update(&mut known, name.clone(), stored);
        known.get(name).cloned()
    }

    /// Whether objects are still stored and served as `kind` says.
    pub fn is_current(&self, kind: &Kind) -> bool {
        let Some(custom) = &kind.custom else { return true };
        let now = self.row(&kind.group, &kind.version, &kind.plural);
        now.and_then(|row| row.custom.clone()).is_some_and(|now| now.crd().since == custom.crd().since)
    }

    /// Takes in what became of one definition, unless that is older than what is known.
    fn update(&self, known: &mut BTreeMap<Text, Arc<Crd>>, name: Text, stored: Option<Arc<Object>>) {
        let before = known.get(&name).cloned();
        let same = match (&before, &stored) {
            (None, None) => true,
            (Some(before), Some(stored)) => before.object.revision >= stored.revision,
            _ => false,
        };
        if same {
            return;
        }
        let crd = stored.and_then(|stored| read(&stored, before.as_deref()));
        let mut kinds = Kinds::clone(&self.current.load());
        kinds.remove(|row| row.custom.as_ref().is_some_and(|custom| custom.crd().object.key.name == name));
        for row in crd.iter().flat_map(rows) {
            if self.builtin.get(&row.group, &row.version, &row.plural).is_none() {
                kinds.insert(row);
            }
        }
        self.current.store(Arc::new(kinds));
        match crd {
            Some(crd) => known.insert(name, crd),
            None => known.remove(&name),
        };
    }
}

fn read(stored: &Arc<Object>, before: Option<&Crd>) -> Option<Arc<Crd>> {
    let before = before.filter(|before| before.object.head.uid == stored.head.uid);
    match Crd::read(stored, before) {
        Ok(crd) => Some(Arc::new(crd)),
        Err(error) => {
            error!(key = %stored.key, %error, "a stored definition cannot be read; its kinds are not served");
            None
        }
    }
}
