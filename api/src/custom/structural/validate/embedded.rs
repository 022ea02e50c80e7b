//! Objects inside objects.

use serde_json::Value;

use super::path::{ROOT, at, item};
use crate::custom::structural::model::{Additional, Structural};
use crate::kind::validate::{
    Faults, Path, annotations, dns_label_fault, dns1035_label_fault, finalizers, labels, owners, path_segment_fault,
};

/// Checks all objects in `value` that have type and metadata of their own.
pub(super) fn check_all(schema: &Structural, value: &Value, path: Option<&Path<'_>>, faults: &mut Faults) {
    if !schema.has_embedded {
        return;
    }
    match value {
        Value::Object(map) => {
            if schema.embedded {
                check(value, path.unwrap_or(&ROOT), faults);
            }
            for (name, value) in map {
                match (schema.property(name), &schema.additional) {
                    (Some(inner), _) => check_all(inner, value, Some(&at(path, name)), faults),
                    (None, Additional::Schema(inner)) => check_all(inner, value, Some(&path.unwrap_or(&ROOT).key(name)), faults),
                    (None, _) => {}
                }
            }
        }
        Value::Array(items) => {
            let Some(inner) = &schema.items else { return };
            for (index, value) in items.iter().enumerate() {
                check_all(inner, value, Some(&item(path, index)), faults);
            }
        }
        _ => {}
    }
}

/// Checks type and metadata of the object `value`. Which kind it is is not known: its name may be whatever a path can hold.
pub(super) fn check(value: &Value, path: &Path<'_>, faults: &mut Faults) {
    let typed = [("apiVersion", api_version_fault as fn(&str) -> Option<String>), ("kind", kind_fault)];
    for (field, _) in typed.iter().filter(|(field, _)| value.get(field).is_none()) {
        faults.required(&path.child(field), "");
    }
    for (field, why) in typed {
        let at = path.child(field);
        match value.get(field) {
            None => {}
            Some(Value::String(text)) if text.is_empty() => faults.invalid_text(&at, text, "must not be empty"),
            Some(Value::String(text)) => told(why(text), text, &at, faults),
            Some(other) => faults.invalid(&at, other, "must be a string"),
        }
    }
    let Some(meta) = value.get("metadata") else { return };
    let path = path.child("metadata");
    let text = |field: &str| meta.get(field).and_then(Value::as_str).unwrap_or_default();
    told(prefix_fault(text("generateName")), text("generateName"), &path.child("generateName"), faults);
    told(path_segment_fault(text("name")), text("name"), &path.child("name"), faults);
    if !text("namespace").is_empty() {
        told(dns_label_fault(text("namespace")), text("namespace"), &path.child("namespace"), faults);
    }
    faults.not_negative(&path.child("generation"), meta.get("generation"));
    labels(meta.get("labels"), &path.child("labels"), faults);
    annotations(meta.get("annotations"), &path.child("annotations"), faults);
    owners(meta.get("ownerReferences"), &path.child("ownerReferences"), faults);
    finalizers(true, meta.get("finalizers"), &path.child("finalizers"), faults);
    let managers = meta.get("managedFields").and_then(Value::as_array).into_iter().flatten();
    for (index, manager) in managers.enumerate() {
        managed(manager, &path.child("managedFields").index(index), faults);
    }
}

/// Checks who owns fields of an object.
fn managed(manager: &Value, path: &Path<'_>, faults: &mut Faults) {
    let text = |field: &str| manager.get(field).and_then(Value::as_str).unwrap_or_default();
    if !matches!(text("operation"), "Apply" | "Update") {
        faults.invalid_text(&path.child("operation"), text("operation"), "must be `Apply` or `Update`");
    }
    if !matches!(text("fieldsType"), "" | "FieldsV1") {
        faults.invalid_text(&path.child("fieldsType"), text("fieldsType"), "must be `FieldsV1`");
    }
    for (field, most) in [("manager", 128), ("subresource", 256)] {
        if text(field).len() > most {
            faults.too_long(&path.child(field), most);
        }
    }
}

fn told(why: Option<String>, text: &str, path: &Path<'_>, faults: &mut Faults) {
    if let Some(why) = why {
        faults.invalid_text(path, text, why);
    }
}

fn api_version_fault(text: &str) -> Option<String> {
    (text.matches('/').count() > 1).then(|| format!("unexpected GroupVersion string: {text}"))
}

fn kind_fault(text: &str) -> Option<String> {
    let why = dns1035_label_fault(&text.to_ascii_lowercase())?;
    Some(format!("may have mixed case, but should otherwise match: {why}"))
}

/// What is wrong with the start of a name: it may well be `.`.
fn prefix_fault(text: &str) -> Option<String> {
    path_segment_fault(text).filter(|_| text.contains(['/', '%']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_embedded_object_has_a_name_that_fits_into_a_path_and_a_type_that_can_be_read() {
        let fault = |field: &str, value: Value| {
            let mut object = json!({"apiVersion": "g/v1", "kind": "Some-Kind", "metadata": {}});
            let metadata = !matches!(field, "apiVersion" | "kind");
            let part = if metadata { &mut object["metadata"] } else { &mut object };
            part[field] = value;
            let mut faults = Faults::default();
            check(&object, &Path::new("o"), &mut faults);
            faults.into_errors().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        for (field, fine) in [
            ("name", "Capital_Letters:and-more@ü"),
            ("name", ""),
            ("generateName", "."),
            ("namespace", "n-1"),
            ("apiVersion", "v1"),
            ("kind", "K"),
        ] {
            assert_eq!(fault(field, fine.into()), "", "{field} {fine}");
        }
        for (field, wrong, wanted) in [
            ("name", json!("."), "o.metadata.name: Invalid value: \".\": may not be '.'"),
            ("name", json!(".."), "o.metadata.name: Invalid value: \"..\": may not be '..'"),
            ("name", json!("a/b"), "o.metadata.name: Invalid value: \"a/b\": may not contain '/'"),
            ("generateName", json!("a%"), "o.metadata.generateName: Invalid value: \"a%\": may not contain '%'"),
            ("apiVersion", json!("a/b/c"), "o.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c"),
            ("apiVersion", json!(""), "o.apiVersion: Invalid value: \"\": must not be empty"),
            ("apiVersion", json!(1), "o.apiVersion: Invalid value: 1: must be a string"),
            (
                "kind",
                json!("a b"),
                "o.kind: Invalid value: \"a b\": may have mixed case, but should otherwise match: a DNS-1035 label",
            ),
        ] {
            let found = fault(field, wrong);
            assert!(found.starts_with(wanted), "{found}");
        }
        assert!(fault("namespace", json!("A")).starts_with("o.metadata.namespace: Invalid value"));
    }
}
