//! The versions of a row's kind.

use std::borrow::Cow;
use std::sync::Arc;

use kontiki_api::apply::Versions;
use kontiki_api::kind::Kind;
use kontiki_api::schema::Schema;
use serde_json::Value;

use super::{Conversions, by_webhook};
use crate::write::Context;

/// The versions that managers of an object have written in: the rows that share its collection.
pub(crate) struct RowVersions<'a> {
    rows: Vec<(String, Arc<Kind>)>,
    /// Those of a kind whose versions a webhook converts.
    conversions: Option<&'a Conversions>,
}

impl<'a> RowVersions<'a> {
    /// The version that is written, and those that the entries of `objects` are of, as far as they are served.
    pub fn new(ctx: &'a Context<'_>, objects: &[&Value]) -> Self {
        let row = ctx.kind;
        let mut rows = vec![(row.api_version(), Arc::clone(row))];
        let entries = objects.iter().filter_map(|object| object.get("metadata")?.get("managedFields")?.as_array());
        for entry in entries.flatten() {
            let Some(api_version) = entry.get("apiVersion").and_then(Value::as_str) else { continue };
            if rows.iter().any(|(known, _)| known == api_version) {
                continue;
            }
            let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
            let found = ctx.server.row(group, version, &row.plural).filter(|found| found.resource == row.resource);
            rows.extend(found.map(|found| (api_version.to_owned(), found)));
        }
        Self { rows, conversions: by_webhook(row).then_some(&ctx.conversions) }
    }

    /// The row in `api_version`, where it is served.
    pub fn row(&self, api_version: &str) -> Option<&Arc<Kind>> {
        self.rows.iter().find(|(known, _)| known == api_version).map(|(_, row)| row)
    }
}

impl Versions for RowVersions<'_> {
    fn may_change(&self) -> bool {
        self.rows.iter().any(|(_, row)| row.custom.is_some())
    }

    fn schema(&self, api_version: &str) -> Option<&Schema> {
        self.row(api_version)?.schema()
    }

    fn convert<'v>(&self, object: &'v Value, api_version: &str) -> Option<Cow<'v, Value>> {
        let from = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        if from == api_version {
            return Some(Cow::Borrowed(object));
        }
        let (from, to) = (self.row(from)?, self.row(api_version)?);
        if let Some(converted) = self.conversions.and_then(|conversions| conversions.find(object, to)) {
            return Some(Cow::Owned(converted.clone()));
        }
        let mut object = object.clone();
        if to.custom.is_some() {
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
