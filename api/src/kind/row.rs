//! One row of the kind table.

use std::sync::Arc;

use serde_json::Value;

use crate::Text;
use crate::custom::Custom;
use crate::jsonpath::JsonPath;
use crate::kind::validate::Distinct;
use crate::kind::{ADDRESS_FAULTS, Conversion, FieldError, Hooks};
use crate::meta::Resource;
use crate::request::Verb;
use crate::schema::{self, Schema};
use crate::time::Time;

/// A printer column: `metav1.TableColumnDefinition` and where its cell comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Header, such as `Ready`.
    pub name: Text,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub r#type: Text,
    /// `name` for the first column, else empty or an OpenAPI format.
    pub format: Text,
    /// For people.
    pub description: Text,
    /// 0 is always shown; more only with `-o wide`.
    pub priority: i32,
    /// Where the cell comes from.
    pub cell: Cell,
}

/// How a cell is computed from an object.
#[derive(Clone)]
pub enum Cell {
    /// The first value that a path finds.
    Path(Arc<JsonPath>),
    /// A function of the object and now.
    Function(fn(&serde_json::Value, crate::time::Time) -> serde_json::Value),
}

impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Path(a), Self::Path(b)) => a == b,
            (Self::Function(a), Self::Function(b)) => std::ptr::fn_addr_eq(*a, *b),
            _ => false,
        }
    }
}

impl Eq for Cell {}

/// A field that field selectors may name, beside `metadata.name` and `metadata.namespace`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selectable {
    /// The selector's name for it, such as `spec.nodeName`.
    pub name: Text,
    /// Where its value is in the stored object: a JSON pointer, such as `/spec/nodeName`; with
    /// alternatives for an absent value behind `|`, the last of which may be a literal (`/spec/unschedulable|false`).
    pub pointer: Text,
}

/// A path below the object with verbs of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subresource {
    /// Its name, such as `status`.
    pub name: Text,
    /// Group, version and kind of its body (`autoscaling/v1 Scale`); of the row itself where it is the object.
    pub group: Text,
    /// See `group`.
    pub version: Text,
    /// See `group`.
    pub kind: Text,
    /// What may be done with it.
    pub verbs: Vec<Verb>,
    /// Printer columns of its body; none where they are those of the row.
    pub columns: Vec<Column>,
}

/// A kind at one version.
#[derive(Clone, Debug)]
pub struct Kind {
    /// API group; empty for core.
    pub group: Text,
    /// API version.
    pub version: Text,
    /// The kind's name, `Deployment`.
    pub kind: Text,
    /// `deployments`.
    pub plural: Text,
    /// `deployment`.
    pub singular: Text,
    /// `deploy`.
    pub short_names: Vec<Text>,
    /// `all`.
    pub categories: Vec<Text>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// What may be done with the object and its collection. Kinds that are only asked
    /// (`SubjectAccessReview`) have `create` alone and no storage.
    pub verbs: Vec<Verb>,
    /// Subresources, by name.
    pub subresources: Vec<Subresource>,
    /// The stored collection; several versions share one.
    pub resource: Resource,
    /// Name of the OpenAPI definition, `io.k8s.api.apps.v1.Deployment`.
    pub definition: Text,
    /// Printer columns, `Name` first.
    pub columns: Vec<Column>,
    /// Selectable fields.
    pub selectable: Vec<Selectable>,
    /// Whether all changes are kept beyond the watch window.
    pub history: bool,
    /// Whether values are encrypted in log, peers, history and backups.
    pub sealed: bool,
    /// Objects of a lower rank are deleted first when their namespace goes (pods before all else, as upstream).
    pub deletion_rank: u8,
    /// Whether a PUT may create the object.
    pub put_creates: bool,
    /// Whether a PUT must name the revision that it changes.
    pub put_names_revision: bool,
    /// Fields of `metadata` that a write of the status takes from the request; the others stay.
    pub status_takes: &'static [&'static str],
    /// What its users are warned of, where there is something newer.
    pub deprecation: Option<Text>,
    /// Whether the end of a deletion is answered with the object rather than a `Status`.
    pub returns_deleted: bool,
    /// Where dependents stay unless the deletion says what becomes of them: what its users are warned of then, empty for nothing.
    pub orphans: Option<Text>,
    /// Defaults, preparation and validation.
    pub hooks: Hooks,
    /// For a built-in version that is not the stored one.
    pub conversion: Option<Conversion>,
    /// Where a CustomResourceDefinition makes the row.
    pub custom: Option<Custom>,
}

/// What counts of a fault where it is asked whether it was there before: addresses of an older form may move within their list.
fn unplaced(mut fault: FieldError) -> FieldError {
    if ADDRESS_FAULTS.contains(&fault.detail.as_str()) {
        fault.field.retain(|c| !c.is_ascii_digit());
    }
    fault
}

impl Kind {
    /// `apps/v1`, or `v1` for core.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_string() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `DeploymentList`; what its definition says for a custom kind.
    pub fn list_kind(&self) -> Text {
        let own = self.custom.as_ref().map(|custom| &custom.crd().list_kind).filter(|name| !name.is_empty());
        own.cloned().unwrap_or_else(|| format!("{}List", self.kind).into())
    }

    /// JSON pointers of the selectable fields, for [`crate::meta::Head::read`].
    pub fn field_pointers(&self) -> Vec<Text> {
        self.selectable.iter().map(|field| field.pointer.clone()).collect()
    }

    /// What its objects look like, for typed decoding, patches and apply.
    pub fn schema(&self) -> Option<&Schema> {
        match &self.custom {
            Some(custom) => Some(custom.schema()),
            None => schema::definition(&self.definition),
        }
    }

    /// Fills in defaults. Idempotent.
    pub fn default(&self, object: &mut Value) {
        match &self.custom {
            Some(custom) => custom.default(object),
            None => (self.hooks.default)(object),
        }
    }

    /// Fills in defaults of an object that was applied: there a null counts for what it is.
    pub fn complete(&self, object: &mut Value) {
        match &self.custom {
            Some(custom) => custom.complete(object),
            None => (self.hooks.default)(object),
        }
    }

    /// Prepares a new object: drops what only the system may set, starts the generation.
    pub fn prepare_create(&self, object: &mut Value) {
        match &self.custom {
            Some(custom) => custom.prepare_create(object),
            None => (self.hooks.prepare_create)(object),
        }
    }

    /// Prepares a change of `old`: keeps what it may not touch, counts the generation.
    pub fn prepare_update(&self, new: &mut Value, old: &Value) {
        match &self.custom {
            Some(custom) => custom.prepare_update(new, old),
            None => (self.hooks.prepare_update)(new, old),
        }
    }

    /// Prepares a change of the status of `old`: keeps what the new one may leave unsaid, and tells since when it is so.
    pub fn prepare_status(&self, new: &mut Value, old: &Value, now: Time) {
        if self.custom.is_none() {
            (self.hooks.prepare_status)(new, old, now);
        }
    }

    /// The faults of a new object, its metadata left aside, which has the faults `known`.
    pub fn validate_create(&self, object: &Value, known: &[FieldError]) -> Vec<FieldError> {
        if let Some(custom) = &self.custom {
            return custom.validate(object, None, known, &mut Vec::new());
        }
        let mut faults = (self.hooks.validate)(object);
        faults.extend((self.hooks.validate_create)(object));
        faults
    }

    /// The faults of `new` in the place of `old`. What was broken before and has not changed goes to `warnings`.
    pub fn validate_update(&self, new: &Value, old: &Value, warnings: &mut Vec<String>) -> Vec<FieldError> {
        let mut faults = self.validate_again(new, old, warnings);
        if self.custom.is_none() {
            faults.extend((self.hooks.validate_update)(new, old));
        }
        faults
    }

    /// The faults of `new` by itself. What was wrong with `old` as well is not held against it: rules may
    /// be stricter than when that came.
    pub fn validate_again(&self, new: &Value, old: &Value, warnings: &mut Vec<String>) -> Vec<FieldError> {
        if let Some(custom) = &self.custom {
            return custom.validate(new, Some(old), &[], warnings);
        }
        let mut faults = (self.hooks.validate)(new);
        if !faults.is_empty() {
            let before: Distinct<FieldError> = (self.hooks.validate)(old).into_iter().map(unplaced).collect();
            faults.retain(|fault| !before.has(&unplaced(fault.clone())));
        }
        faults
    }

    /// The faults of the status of `new` in the place of that of `old`.
    pub fn validate_status(&self, new: &Value, old: &Value, warnings: &mut Vec<String>) -> Vec<FieldError> {
        match &self.custom {
            Some(custom) => custom.validate_status(new, old, warnings),
            None => (self.hooks.validate_status)(new, old),
        }
    }

    /// The subresource called `name`.
    pub fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|sub| &*sub.name == name)
    }

    /// What upstream's server calls the type that it has the objects in, or lists of them with `List` behind it.
    pub fn go_type(&self, behind: &str) -> String {
        if self.custom.is_some() {
            return format!("*unstructured.Unstructured{behind}");
        }
        let package = match &*self.group {
            "" | "events.k8s.io" => "core",
            group => group.split('.').next().unwrap_or_default(),
        };
        format!("*{package}.{}{behind}", self.kind)
    }

    /// The printer columns of the object, or of what `subresource` answers with.
    pub fn columns_of(&self, subresource: &str) -> &[Column] {
        let own = self.subresource(subresource).map(|sub| &sub.columns).filter(|columns| !columns.is_empty());
        own.unwrap_or(&self.columns)
    }

    /// Whether the object, or `subresource`, is there to be read: what is only asked is answered in no table.
    pub fn has_tables(&self, subresource: &str) -> bool {
        let verbs = if subresource.is_empty() { Some(&self.verbs) } else { self.subresource(subresource).map(|sub| &sub.verbs) };
        verbs.is_some_and(|verbs| verbs.contains(&Verb::Get))
    }

    /// Whether people may call it `name` (in lower case): plural, singular, short name or kind.
    pub fn is_called(&self, name: &str) -> bool {
        *self.plural == *name || *self.singular == *name || self.short_names.iter().any(|short| **short == *name)
    }

    /// Whether `place` is its group, or its version and group: `apps`, `v1.apps`, `v1`.
    pub fn is_in(&self, place: &str) -> bool {
        let behind_version = place.strip_prefix(&*self.version).map(|rest| rest.strip_prefix('.').unwrap_or(rest));
        *self.group == *place || behind_version == Some(&*self.group)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::kind::Kinds;

    #[test]
    fn an_address_of_an_older_form_may_move_but_not_come() {
        let kinds = Kinds::builtin();
        let kind = kinds.get("networking.k8s.io", "v1", "networkpolicies").unwrap();
        let policy = |networks: &[&str]| {
            let from: Vec<_> = networks.iter().map(|network| json!({"ipBlock": {"cidr": network}})).collect();
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p"},
                "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": from}]}})
        };
        let old = policy(&["10.0.0.0/8", "010.1.0.0/16"]);
        let again = |networks: &[&str]| kind.validate_again(&policy(networks), &old, &mut Vec::new()).len();
        assert_eq!(again(&["10.0.0.0/8", "010.1.0.0/16"]), 0);
        assert_eq!(again(&["010.1.0.0/16", "10.0.0.0/8"]), 0);
        assert_eq!(again(&["10.0.0.0/8", "010.2.0.0/16"]), 1);
    }
}
