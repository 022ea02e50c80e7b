//! Brings all entries of an object into line with the schemas of today.

use std::borrow::Cow;

use serde_json::Value;

use super::Versions;
use super::entry::Entry;
use super::error::TooMuch;
use super::reconcile::{Room, reconcile};
use crate::schema::Schema;

/// The entries of one object, each brought into line with the schema of its version.
pub(super) struct Reconciling<'v> {
    versions: &'v dyn Versions,
    live: &'v Value,
    known: Vec<(String, &'v Schema, Option<Cow<'v, Value>>)>,
    room: Room,
}

impl<'v> Reconciling<'v> {
    /// The entries of `live`.
    pub fn new(versions: &'v dyn Versions, live: &'v Value) -> Self {
        Self { versions, live, known: Vec::new(), room: Room::default() }
    }

    /// Brings `entry` into line; whether its version is still served.
    ///
    /// # Errors
    /// Where all entries so far come to too much.
    pub fn entry(&mut self, entry: &mut Entry) -> Result<bool, TooMuch> {
        let at = match self.known.iter().position(|(known, ..)| *known == entry.api_version) {
            Some(at) => at,
            None => {
                let Some(schema) = self.versions.schema(&entry.api_version) else { return Ok(false) };
                let live = self.versions.convert(self.live, &entry.api_version);
                self.known.push((entry.api_version.clone(), schema, live));
                self.known.len() - 1
            }
        };
        if let Some((_, schema, Some(live))) = self.known.get(at) {
            *entry.set() = reconcile(schema, entry.set(), live, &mut self.room)?;
        }
        Ok(true)
    }
}
