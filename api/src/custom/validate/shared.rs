//! What all versions of a definition have in common.

use serde_json::Value;

use super::paths::{list, set, text};

/// What all versions say alike is judged once, and told as said of the whole definition: upstream reads definitions so.
pub(super) struct Shared<'a> {
    /// The schema of all versions.
    pub schema: Option<&'a Value>,
    /// The subresources of all versions.
    pub subresources: Option<&'a Value>,
    /// The printer columns of all versions.
    pub columns: &'a [Value],
    /// The selectable fields of all versions.
    pub selectable: &'a [Value],
    alike: [bool; 4],
}

impl<'a> Shared<'a> {
    /// What the versions of `spec` have in common.
    pub fn of(spec: &'a Value) -> Self {
        let versions = list(spec, "versions");
        let pointer =
            |name: &str| versions.iter().all(|version| set(version, name) == versions.first().and_then(|first| set(first, name)));
        let lists = |name: &str| {
            versions.iter().all(|version| list(version, name) == versions.first().map_or(&[][..], |first| list(first, name)))
        };
        let alike = match versions.is_empty() {
            true => [false; 4],
            false => [pointer("schema"), pointer("subresources"), lists("additionalPrinterColumns"), lists("selectableFields")],
        };
        let [schema, subresources, columns, selectable] = alike;
        let first = versions.first();
        let one = |alike: bool, name: &str| first.filter(|_| alike).and_then(|first| set(first, name));
        let some = |alike: bool, name: &str| first.filter(|_| alike).map_or(&[][..], |first| list(first, name));
        Self {
            schema: one(schema, "schema"),
            subresources: one(subresources, "subresources"),
            columns: some(columns, "additionalPrinterColumns"),
            selectable: some(selectable, "selectableFields"),
            alike,
        }
    }

    /// The schema that `version` has for itself.
    pub fn own_schema<'v>(&self, version: &'v Value) -> Option<&'v Value> {
        set(version, "schema").filter(|_| !self.alike[0])
    }

    /// The subresources that `version` has for itself.
    pub fn own_subresources<'v>(&self, version: &'v Value) -> Option<&'v Value> {
        set(version, "subresources").filter(|_| !self.alike[1])
    }

    /// The printer columns that `version` has for itself.
    pub fn own_columns<'v>(&self, version: &'v Value) -> &'v [Value] {
        if self.alike[2] { &[] } else { list(version, "additionalPrinterColumns") }
    }

    /// The selectable fields that `version` has for itself.
    pub fn own_selectable<'v>(&self, version: &'v Value) -> &'v [Value] {
        if self.alike[3] { &[] } else { list(version, "selectableFields") }
    }

    /// Whether the schema of `version` is what the version of that name had in the definition `old`.
    pub fn unchanged(&self, old: &Value, version: Option<&Value>) -> bool {
        let Some(version) = version else { return false };
        let before = list(&old["spec"], "versions").iter().find(|before| text(before, "name") == text(version, "name"));
        before.is_some_and(|before| set(before, "schema") == set(version, "schema"))
    }
}
