//! The set of kinds a server knows: built-ins and, at run time, CRDs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Kind;
use crate::Text;

/// Rows by group, version and plural. Cheap to clone; a CRD makes a new set.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    rows: BTreeMap<(Text, Text, Text), Arc<Kind>>,
}

impl Kinds {
    /// Adds or replaces a row.
    pub fn insert(&mut self, kind: Kind) {
        let at = (kind.group.clone(), kind.version.clone(), kind.plural.clone());
        self.rows.insert(at, Arc::new(kind));
    }

    /// The row served at `group`/`version`/`plural`.
    pub fn get(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Kind>> {
        self.rows.get(&(group.into(), version.into(), plural.into()))
    }

    /// The row of `kind` in `api_version`, as an object's own type meta says.
    pub fn by_kind(&self, api_version: &str, kind: &str) -> Option<&Arc<Kind>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.rows.values().find(|row| &*row.group == group && &*row.version == version && &*row.kind == kind)
    }

    /// Every row, by group, version and plural.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.rows.values()
    }
}
