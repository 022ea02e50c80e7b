//! Objects inside objects.

use serde_json::Value;

use crate::kind::validate::{Faults, Path, annotations, dns_label_fault, dns1035_label_fault, labels, path_segment_fault};

/// Checks type and metadata of the object `value`. Which kind it is is not known: its name may be whatever a path can hold.
pub(super) fn check(value: &Value, path: &Path<'_>, faults: &mut Faults) {
    for (field, why) in [("apiVersion", api_version_fault as fn(&str) -> Option<String>), ("kind", kind_fault)] {
        let at = path.child(field);
        match value.get(field) {
            None => faults.required(&at, ""),
            Some(Value::String(text)) if text.is_empty() => faults.required(&at, ""),
            Some(Value::String(text)) => told(why(text), text, &at, faults),
            Some(other) => faults.invalid(&at, other, "must be a string"),
        }
    }
    let Some(meta) = value.get("metadata") else { return };
    let path = path.child("metadata");
    labels(meta.get("labels"), &path.child("labels"), faults);
    annotations(meta.get("annotations"), &path.child("annotations"), faults);
    let text = |field: &str| meta.get(field).and_then(Value::as_str).unwrap_or_default();
    told(path_segment_fault(text("name")), text("name"), &path.child("name"), faults);
    told(prefix_fault(text("generateName")), text("generateName"), &path.child("generateName"), faults);
    if !text("namespace").is_empty() {
        told(dns_label_fault(text("namespace")), text("namespace"), &path.child("namespace"), faults);
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
            ("apiVersion", json!(""), "o.apiVersion: Required value"),
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
