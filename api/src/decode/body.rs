//! What a request body is expected to be.

use serde_json::Value;

use super::recognize::summary;
use crate::custom::{Custom, envelope};
use crate::kind::validate::{Faults, Path};
use crate::kind::{Kind, Subresource, definition_of};
use crate::schema::{Scalar, Schema, definition};
use crate::status::Status;

/// Whether `api_version` is one in which `kind` is not served any more but still taken, in the same form: clients of before 1.22 evict
/// pods by it.
pub(crate) fn is_former(api_version: &str, kind: &str) -> bool {
    (api_version, kind) == ("policy/v1beta1", "Eviction")
}

/// The schema of anything.
static ANY: Schema = Schema::Scalar(Scalar::Any);
const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The metadata of objects of any kind.
pub(super) fn metadata() -> &'static Schema {
    definition(OBJECT_META).unwrap_or(&ANY)
}

/// What a request body is expected to be: its type and its schema.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// API group; empty for core.
    pub group: &'a str,
    /// API version.
    pub version: &'a str,
    /// Kind.
    pub kind: &'a str,
    /// Its schema.
    pub schema: &'a Schema,
    /// The group and version may be any: upstream serves `DeleteOptions` in all of them.
    pub any_version: bool,
    /// Where a CustomResourceDefinition says what the object may hold.
    pub custom: Option<&'a Custom>,
}

impl<'a> Body<'a> {
    /// An object of `row`.
    pub fn of(row: &'a Kind) -> Self {
        let (group, version, kind) = (&row.group, &row.version, &row.kind);
        match &row.custom {
            Some(custom) => Self { schema: envelope(), custom: Some(custom), ..Self::built_in(group, version, kind, "") },
            None => Self::built_in(group, version, kind, &row.definition),
        }
    }

    /// The body of `subresource`.
    pub fn of_subresource(subresource: &'a Subresource) -> Self {
        let Subresource { group, version, kind, .. } = subresource;
        Self::built_in(group, version, kind, &definition_of(group, version, kind))
    }

    /// The options of a delete.
    pub fn delete_options() -> Self {
        let (group, kind) = ("meta.k8s.io", "DeleteOptions");
        Self { any_version: true, ..Self::built_in(group, "v1", kind, &definition_of(group, "v1", kind)) }
    }

    fn built_in(group: &'a str, version: &'a str, kind: &'a str, name: &str) -> Self {
        Self { group, version, kind, schema: definition(name).unwrap_or(&ANY), any_version: false, custom: None }
    }

    /// `apps/v1`, or `v1` for core.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.into() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Refuses type meta that is not this body's; empty or absent is taken as this body's, where it is no custom object.
    pub(super) fn check(&self, api_version: &str, kind: &str) -> Result<(), Status> {
        if self.custom.is_none() && !kind.is_empty() && kind != self.kind {
            let version = api_version.rsplit('/').next().filter(|version| !version.is_empty()).unwrap_or(self.version);
            return Err(Status::bad_request(format!("{kind} in version {version:?} cannot be handled as a {}", self.kind)));
        }
        let is_this = api_version == self.api_version() || is_former(api_version, self.kind);
        let open = self.any_version || self.custom.is_none() && api_version.is_empty();
        if open || is_this {
            return Ok(());
        }
        Err(Status::bad_request(format!(
            "the API version in the data ({api_version}) does not match the expected API version ({})",
            self.api_version()
        )))
    }

    /// Refuses a custom object that says another kind than its definition: upstream's validation does, before anything else.
    pub(super) fn check_kind(&self, object: &Value) -> Result<(), Status> {
        if self.custom.is_none() {
            return Ok(());
        }
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind, wanted) = (text("apiVersion"), text("kind"), self.api_version());
        if kind == self.kind && api_version == wanted {
            return Ok(());
        }
        let mut faults = Faults::default();
        for (field, found, wanted) in [("kind", kind, self.kind), ("apiVersion", api_version, &wanted)] {
            if found != wanted {
                faults.invalid_text(&Path::new(field), found, format!("must be {wanted}"));
            }
        }
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        Err(Status::invalid_value(group, kind, name, &faults.into_errors()))
    }

    /// Fills in absent type meta, and this version for a former one.
    pub(super) fn complete(&self, object: &mut Value) {
        let Some(map) = object.as_object_mut() else { return };
        for (name, value) in [("kind", self.kind.to_owned()), ("apiVersion", self.api_version())] {
            let is_open = |text: &Value| text == "" || text.as_str().is_some_and(|text| is_former(text, self.kind));
            if map.get(name).is_none_or(is_open) {
                map.shift_remove(name);
                map.shift_insert(0, name.into(), value.into());
            }
        }
    }

    /// `why` as upstream tells it of a body that was recognized and is faulty.
    pub(super) fn refuse(&self, why: &str) -> Status {
        let Self { kind, version, .. } = self;
        match self.any_version {
            true => Status::bad_request(why),
            false => Status::bad_request(format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}")),
        }
    }

    /// `why` as upstream tells it of a body, `sent` as it is, that was not even recognized.
    pub(super) fn unrecognized(&self, why: &str, sent: &[u8]) -> Status {
        let kind = self.kind;
        match self.any_version {
            true => Status::bad_request(why),
            false => Status::bad_request(format!(
                "the object provided is unrecognized (must be of type {kind}): {why} ({})",
                summary(sent)
            )),
        }
    }
}
