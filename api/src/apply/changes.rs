//! What differs between two objects, version by version.

use std::borrow::Cow;

use serde_json::Value;

use super::Tracker;
use super::change::Change;
use super::compare::compare;

/// What differs between two objects, in each version that anybody wrote in.
pub(super) struct Changes<'t> {
    tracker: &'t Tracker<'t>,
    old: &'t Value,
    new: &'t Value,
    known: Vec<(String, Option<Change>)>,
}

impl<'t> Changes<'t> {
    /// What differs between `old` and `new`, both of the version that `tracker` writes.
    pub const fn new(tracker: &'t Tracker<'t>, old: &'t Value, new: &'t Value) -> Self {
        Self { tracker, old, new, known: Vec::new() }
    }

    /// What differs in `api_version`; `None` for a version that is no longer served.
    pub fn of(&mut self, api_version: &str) -> Option<&Change> {
        self.tracker.versions.schema(api_version)?;
        let at = match self.known.iter().position(|(known, _)| known == api_version) {
            Some(at) => at,
            None => {
                self.known.push((api_version.to_owned(), self.compare(api_version)));
                self.known.len() - 1
            }
        };
        self.known.get(at).and_then(|(_, change)| change.as_ref())
    }

    /// [`Changes::of`], compared afresh and not kept.
    pub fn compare(&self, api_version: &str) -> Option<Change> {
        let versions = self.tracker.versions;
        let schema = versions.schema(api_version)?;
        let convert = |object| -> Option<Cow<'_, Value>> {
            if api_version == self.tracker.api_version {
                Some(Cow::Borrowed(object))
            } else {
                versions.convert(object, api_version)
            }
        };
        let change = compare(schema, &*convert(self.old)?, &*convert(self.new)?);
        let reset = &self.tracker.reset;
        Some(Change { written: reset.apply(change.written), removed: reset.apply(change.removed) })
    }
}
