//! What expressions may read of a request and of its namespace.

use kontiki_cel::{ListKind, ObjectType, Schema, SchemaSource};

type Field = (&'static str, fn() -> Schema);

/// A type with these fields and no others.
#[derive(Clone, Copy, Debug)]
struct Facts {
    name: &'static str,
    fields: &'static [Field],
}

impl SchemaSource for Facts {
    fn name(&self) -> &str {
        self.name
    }

    fn field(&self, name: &str) -> Option<Schema> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, schema)| schema())
    }
}

fn object(name: &'static str, fields: &'static [Field]) -> Schema {
    Schema::object(ObjectType::new(Facts { name, fields }))
}

fn text() -> Schema {
    Schema::string(None)
}

fn texts() -> Schema {
    Schema::list(text(), ListKind::Atomic, None)
}

fn text_map() -> Schema {
    Schema::map(text(), None)
}

fn kind() -> Schema {
    object("kubernetes.GroupVersionKind", &[("group", text), ("version", text), ("kind", text)])
}

fn resource() -> Schema {
    object("kubernetes.GroupVersionResource", &[("group", text), ("version", text), ("resource", text)])
}

fn user() -> Schema {
    const FIELDS: &[Field] = &[("username", text), ("uid", text), ("groups", texts), ("extra", || Schema::map(texts(), None))];
    object("kubernetes.UserInfo", FIELDS)
}

/// The variable `request`: an `AdmissionRequest` without its objects.
pub(super) fn request() -> Schema {
    const FIELDS: &[Field] = &[
        ("kind", kind),
        ("resource", resource),
        ("subResource", text),
        ("requestKind", kind),
        ("requestResource", resource),
        ("requestSubResource", text),
        ("name", text),
        ("namespace", text),
        ("operation", text),
        ("userInfo", user),
        ("dryRun", Schema::bool),
        ("options", Schema::any),
    ];
    object("kubernetes.AdmissionRequest", FIELDS)
}

/// The variable `namespaceObject`.
pub(super) fn namespace() -> Schema {
    object("kubernetes.Namespace", &[("metadata", metadata), ("spec", spec), ("status", status)])
}

fn metadata() -> Schema {
    const FIELDS: &[Field] = &[
        ("name", text),
        ("generateName", text),
        ("namespace", text),
        ("labels", text_map),
        ("annotations", text_map),
        ("UID", text),
        ("creationTimestamp", Schema::timestamp),
        ("deletionGracePeriodSeconds", Schema::int),
        ("deletionTimestamp", Schema::timestamp),
        ("generation", Schema::int),
        ("resourceVersion", text),
        ("finalizers", texts),
    ];
    object("kubernetes.NamespaceMetadata", FIELDS)
}

fn spec() -> Schema {
    object("kubernetes.NamespaceSpec", &[("finalizers", texts)])
}

fn status() -> Schema {
    const FIELDS: &[Field] = &[("conditions", || Schema::list(condition(), ListKind::Atomic, None)), ("phase", text)];
    object("kubernetes.NamespaceStatus", FIELDS)
}

fn condition() -> Schema {
    const FIELDS: &[Field] =
        &[("status", text), ("type", text), ("lastTransitionTime", Schema::timestamp), ("message", text), ("reason", text)];
    object("kubernetes.NamespaceCondition", FIELDS)
}
