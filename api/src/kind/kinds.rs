//! The set of kinds a server knows: built-ins and, at run time, CRDs.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Kind, version_priority};

/// Rows, ordered by group, version and plural. Cheap to clone; a CRD makes a new set.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    rows: Vec<Arc<Kind>>,
}

impl Kinds {
    /// Adds or replaces a row.
    pub fn insert(&mut self, kind: Kind) {
        match self.position(&kind.group, &kind.version, &kind.plural) {
            Ok(at) => self.rows[at] = Arc::new(kind),
            Err(at) => self.rows.insert(at, Arc::new(kind)),
        }
    }

    /// The row served at `group`/`version`/`plural`.
    pub fn get(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Kind>> {
        self.rows.get(self.position(group, version, plural).ok()?)
    }

    /// The row of `kind` in `api_version`, as an object's own type meta says.
    pub fn by_kind(&self, api_version: &str, kind: &str) -> Option<&Arc<Kind>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.in_version(group, version).iter().find(|row| &*row.kind == kind)
    }

    /// The rows of one group and version, by plural.
    pub fn in_version(&self, group: &str, version: &str) -> &[Arc<Kind>] {
        let place = |row: &Arc<Kind>| (&*row.group, &*row.version).cmp(&(group, version));
        let first = self.rows.partition_point(|row| place(row).is_lt());
        let behind = self.rows.partition_point(|row| place(row).is_le());
        &self.rows[first..behind]
    }

    /// The rows of one group, by version and plural.
    pub fn in_group(&self, group: &str) -> &[Arc<Kind>] {
        let first = self.rows.partition_point(|row| *row.group < *group);
        let behind = self.rows.partition_point(|row| *row.group <= *group);
        &self.rows[first..behind]
    }

    /// Removes the rows that `unwanted` picks.
    pub fn remove(&mut self, unwanted: impl Fn(&Kind) -> bool) {
        self.rows.retain(|row| !unwanted(row));
    }

    /// The row that people mean by `name`: a plural, singular, short name or kind, with `.group`
    /// or `.version.group` behind it where several groups have it. The core group goes before
    /// others, and in a group the most preferred version.
    pub fn find(&self, name: &str) -> Option<&Arc<Kind>> {
        let name = name.to_ascii_lowercase();
        let (name, place) = name.split_once('.').unwrap_or((&name, ""));
        let matching = |row: &&Arc<Kind>| row.is_called(name) && (place.is_empty() || row.is_in(place));
        let group = &self.rows.iter().find(matching)?.group;
        self.rows.iter().filter(matching).filter(|row| row.group == *group).max_by_key(|row| version_priority(&row.version))
    }

    /// Every row, by group, version and plural.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.rows.iter()
    }

    fn position(&self, group: &str, version: &str, plural: &str) -> Result<usize, usize> {
        self.rows.binary_search_by(|row| compare(row, group, version, plural))
    }
}

fn compare(row: &Kind, group: &str, version: &str, plural: &str) -> Ordering {
    (&*row.group, &*row.version, &*row.plural).cmp(&(group, version, plural))
}
