//! Validation of object metadata, the same for all kinds.

use serde_json::{Map, Value};

use super::{Distinct, Faults, NameRule, Path};
use crate::kind::{FieldError, Kind};
use crate::member_of;
use crate::selector::{label_key_faults, label_value_faults};

/// Keys and values of all annotations together, in bytes.
const MAX_ANNOTATIONS: usize = 256 * 1024;
/// Finalizers of upstream without a domain.
const STANDARD_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

/// The faults of the metadata of `object`: name, namespace, labels, annotations, owners, finalizers.
pub fn validate_meta(kind: &Kind, object: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    let path = Path::new("metadata");
    let empty = Map::new();
    let meta = object.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
    name(kind, meta, &path, &mut faults);
    labels(meta.get("labels"), &path.child("labels"), &mut faults);
    annotations(meta.get("annotations"), &path.child("annotations"), &mut faults);
    owners(meta.get("ownerReferences"), &path.child("ownerReferences"), &mut faults);
    let lax = kind.custom.is_some() || EXTENSIONS.contains(&&*kind.group);
    finalizers(lax, meta.get("finalizers"), &path.child("finalizers"), &mut faults);
    faults.not_negative(&path.child("generation"), meta.get("generation"));
    faults.into_errors()
}

/// The faults of a change of metadata: what never changes, and finalizers once deletion is under way.
pub fn validate_meta_update(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    let path = Path::new("metadata");
    let (new, old) = (&new["metadata"], &old["metadata"]);
    for field in ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        faults.immutable(&path.child(field), member_of(new, field), member_of(old, field));
    }
    if old.get("deletionTimestamp").is_some() {
        let texts = |meta: &Value| meta["finalizers"].as_array().cloned().unwrap_or_default();
        let before: Distinct<Value> = texts(old).into_iter().collect();
        let added: Vec<Value> = texts(new).into_iter().filter(|name| !before.has(name)).collect();
        if !added.is_empty() {
            let list = Value::Array(added);
            let detail = format!("no new finalizers can be added if the object is being deleted, found new finalizers {list}");
            faults.forbidden(&path.child("finalizers"), detail);
        }
    }
    faults.into_errors()
}

/// The faults of a map of labels at `path`: also of pod templates, selectors and the like.
pub(crate) fn labels(labels: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    for (key, value) in labels.and_then(Value::as_object).into_iter().flatten() {
        for why in label_key_faults(key) {
            faults.invalid_text(path, key, why);
        }
        let value = value.as_str().unwrap_or_default();
        for why in label_value_faults(value) {
            faults.invalid_text(path, value, why);
        }
    }
}

/// The faults of a map of annotations at `path`.
pub(crate) fn annotations(annotations: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    let mut size = 0;
    for (key, value) in annotations.and_then(Value::as_object).into_iter().flatten() {
        for why in label_key_faults(&key.to_ascii_lowercase()) {
            faults.invalid_text(path, key, why);
        }
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > MAX_ANNOTATIONS {
        faults.too_long(path, MAX_ANNOTATIONS);
    }
}

fn name(kind: &Kind, meta: &Map<String, Value>, path: &Path<'_>, faults: &mut Faults) {
    let rule = NameRule::of(kind);
    let text = |field: &str| meta.get(field).and_then(Value::as_str).unwrap_or_default();
    let prefix = text("generateName");
    if !prefix.is_empty()
        && let Some(why) = rule.fault(&completed(prefix))
    {
        faults.invalid_text(&path.child("generateName"), prefix, why);
    }
    match text("name") {
        "" => faults.required(&path.child("name"), "name or generateName is required"),
        name => {
            if let Some(why) = rule.fault(name) {
                faults.invalid_text(&path.child("name"), name, why);
            }
        }
    }
    match (kind.namespaced, text("namespace")) {
        (true, "") => faults.required(&path.child("namespace"), ""),
        (true, namespace) => {
            if let Some(why) = NameRule::Label.fault(namespace) {
                faults.invalid_text(&path.child("namespace"), namespace, why);
            }
        }
        (false, "") => {}
        (false, _) => faults.forbidden(&path.child("namespace"), "not allowed on this type"),
    }
}

/// A name that `prefix` may begin: upstream puts a letter in the place of a last hyphen.
fn completed(prefix: &str) -> String {
    match prefix.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => format!("{rest}a"),
        _ => prefix.to_owned(),
    }
}

/// The faults of a list of owners at `path`.
pub(crate) fn owners(owners: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    let owners = owners.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // Upstream does not tell which of them it is.
    for owner in owners {
        for (field, why) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if owner.get(field).and_then(Value::as_str).is_none_or(str::is_empty) {
                faults.invalid_text(&path.child(field), "", why);
            }
        }
        if owner["apiVersion"] == "v1" && owner["kind"] == "Event" {
            faults.invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner");
        }
    }
    if owners.iter().filter(|owner| owner["controller"] == true).count() > 1 {
        let all = Value::Array(owners.to_vec());
        faults.invalid(path, &all, "Only one reference can have Controller set to true");
    }
}

/// Upstream's extensions, and the kinds they make, take finalizers without a domain.
const EXTENSIONS: [&str; 2] = ["apiextensions.k8s.io", "apiregistration.k8s.io"];

/// The faults of a list of finalizers at `path`; `lax` ones need no domain.
pub(crate) fn finalizers(lax: bool, finalizers: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    let names = finalizers.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let has = |name: &str| names.iter().any(|other| other == name);
    if has("orphan") && has("foregroundDeletion") {
        let why = "finalizer orphan and foregroundDeletion cannot be both set";
        faults.invalid(path, &names.into(), why);
    }
    for (at, text) in names.iter().enumerate().filter_map(|(at, name)| Some((at, name.as_str()?))) {
        for why in label_key_faults(text) {
            faults.invalid_text(path, text, why);
        }
        if !lax && !text.contains('/') && !STANDARD_FINALIZERS.contains(&text) {
            faults.invalid_text(&path.index(at), text, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kinds;
    use serde_json::json;

    fn faults(kind: &str, meta: Value) -> Vec<String> {
        let kinds = Kinds::builtin();
        let errors = validate_meta(kinds.by_kind("v1", kind).unwrap(), &json!({"metadata": meta}));
        errors.iter().map(|error| error.field.clone()).collect()
    }

    #[test]
    fn each_fault_of_metadata_names_its_field() {
        assert!(
            faults("Pod", json!({"name": "a.b", "namespace": "d", "labels": {"a/b": "c"}, "finalizers": ["x.y/z"]})).is_empty()
        );
        assert_eq!(faults("Pod", json!({"namespace": "d"})), ["metadata.name"]);
        assert_eq!(faults("Service", json!({"name": "a.b", "namespace": "d"})), ["metadata.name"]);
        assert!(faults("Service", json!({"name": "1a", "namespace": "d"})).is_empty());
        assert!(faults("Event", json!({"name": "A:b", "namespace": "d"})).is_empty());
        assert_eq!(faults("Namespace", json!({"name": "a", "namespace": "d"})), ["metadata.namespace"]);
        assert_eq!(faults("Pod", json!({"name": "a", "namespace": "d", "labels": {"_": "?"}})), ["metadata.labels"; 2]);
        assert_eq!(faults("Pod", json!({"name": "a", "namespace": "d", "finalizers": ["x"]})), ["metadata.finalizers[0]"]);
        let owner = json!({"apiVersion": "v1", "kind": "Pod", "name": "", "uid": "u", "controller": true});
        let fields = faults("Pod", json!({"name": "a", "namespace": "d", "ownerReferences": [owner, owner]}));
        let wanted = ["metadata.ownerReferences.name", "metadata.ownerReferences.name", "metadata.ownerReferences"];
        assert_eq!(fields, wanted);
    }

    #[test]
    fn identity_never_changes() {
        let old = json!({"metadata": {"name": "a", "uid": "1", "deletionTimestamp": "2026-01-02T03:04:05Z"}});
        let mut new = old.clone();
        assert!(validate_meta_update(&new, &old).is_empty());
        new["metadata"]["uid"] = "2".into();
        new["metadata"]["finalizers"] = json!(["x.y/z"]);
        let fields: Vec<String> = validate_meta_update(&new, &old).iter().map(|error| error.field.clone()).collect();
        assert_eq!(fields, ["metadata.uid", "metadata.finalizers"]);
    }
}
