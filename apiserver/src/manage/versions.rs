//! The versions of a row's kind.

use std::borrow::Cow;
use std::sync::Arc;

use kontiki_api::apply::Versions;
use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::schema::Schema;
use serde_json::Value;

/// The versions that the kind of a row is served in: the rows that share its collection.
pub(crate) struct RowVersions {
    kinds: Arc<Kinds>,
    row: Arc<Kind>,
}

impl RowVersions {
    /// The versions of `row` among `kinds`.
    pub fn new(kinds: Arc<Kinds>, row: Arc<Kind>) -> Self {
        Self { kinds, row }
    }

    /// The row in `api_version`, where it is served.
    pub fn row(&self, api_version: &str) -> Option<&Arc<Kind>> {
        let found = self.kinds.by_kind(api_version, &self.row.kind)?;
        (found.resource == self.row.resource).then_some(found)
    }
}

impl Versions for RowVersions {
    fn schema(&self, api_version: &str) -> Option<&Schema> {
        self.row(api_version)?.schema()
    }

    fn convert<'v>(&self, object: &'v Value, api_version: &str) -> Option<Cow<'v, Value>> {
        let from = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        if from == api_version {
            return Some(Cow::Borrowed(object));
        }
        let (from, to) = (self.row(from)?, self.row(api_version)?);
        let mut object = object.clone();
        if to.custom.is_some() {
            // A webhook cannot be asked here: fields of other names in the other version count as fields of no schema.
            object["apiVersion"] = api_version.into();
            return Some(Cow::Owned(object));
        }
        if let Some(conversion) = &from.conversion {
            (conversion.to_stored)(&mut object);
        }
        if let Some(conversion) = &to.conversion {
            (conversion.from_stored)(&mut object);
        }
        Some(Cow::Owned(object))
    }
}
