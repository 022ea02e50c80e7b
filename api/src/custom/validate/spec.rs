//! The specification of a definition.

use serde_json::Value;

use super::go;
use super::paths::{flag, list, set, text};
use super::schema::{self, Rest};
use super::shared::Shared;
use super::{columns, conversion, names, versions};
use crate::decode::{MAX_WEIGHT, weight};
use crate::kind::validate::{Faults, Path, dns_subdomain_fault, dns1035_label_fault};

/// The faults of `spec`, in the place of what `old`, the definition before, has.
pub(super) fn faults(spec: &Value, old: &Value) -> Faults {
    let mut faults = Faults::default();
    check(spec, old, &mut faults);
    faults
}

/// Checks `spec`, in the place of what `old`, the definition before, has.
fn check(spec: &Value, old: &Value, faults: &mut Faults) {
    let path = Path::new("spec");
    group(text(spec, "group"), &path.child("group"), faults);
    match text(spec, "scope") {
        "" => faults.required(&path.child("scope"), ""),
        "Cluster" | "Namespaced" => {}
        other => faults.unsupported(&path.child("scope"), other, &["Cluster", "Namespaced"]),
    }
    let versions = path.child("versions");
    if weight(&spec["versions"]) > MAX_WEIGHT {
        return faults.invalid_whole(&versions, "the regular expressions and rules of all versions together are too large");
    }
    let shared = Shared::of(spec);
    if !shared.schema.is_some_and(|schema| schema["openAPIV3Schema"].is_object()) {
        for (at, version) in list(spec, "versions").iter().enumerate() {
            if !shared.own_schema(version).is_some_and(|schema| schema["openAPIV3Schema"].is_object()) {
                faults.required(&versions.index(at).child("schema").child("openAPIV3Schema"), "");
            }
        }
    }
    if flag(spec, "preserveUnknownFields") && schema::has_defaults(spec) {
        let why = "must be false in order to use defaults in the schema";
        faults.invalid(&path.child("preserveUnknownFields"), &true.into(), why);
    }
    all_versions(spec, &shared, old, &versions, faults);
    if let Some(first) = list(spec, "versions").first()
        && let Some(why) = dns1035_label_fault(text(first, "name"))
        && !text(first, "name").is_empty()
    {
        faults.invalid_text(&path.child("version"), text(first, "name"), why);
    }
    required_names(&spec["names"], &path.child("names"), faults);
    names::check(&spec["names"], &path.child("names"), faults);
    let any_status = list(spec, "versions").iter().any(|version| set(&version["subresources"], "status").is_some());
    if let Some(validation) = shared.schema {
        let fresh = Rest { suppress_cost: shared.unchanged(old, list(spec, "versions").first()) };
        schema::check(validation, any_status, fresh, &path.child("validation"), faults);
    }
    versions::scale(shared.subresources, &path.child("subresources"), faults);
    columns::check(shared.columns, &path.child("additionalPrinterColumns"), faults);
    selectable_of_all(&shared, &path, faults);
    if flag(spec, "preserveUnknownFields") && spec["conversion"].is_object() && text(&spec["conversion"], "strategy") != "None" {
        let strategy = path.child("conversion");
        let why = "must be None if spec.preserveUnknownFields is true";
        faults.invalid_text(&strategy.child("strategy"), text(&spec["conversion"], "strategy"), why);
    }
    conversion::check(&spec["conversion"], old, &path.child("conversion"), faults);
    changes(spec, old, &path, faults);
}

fn group(group: &str, path: &Path<'_>, faults: &mut Faults) {
    if group.is_empty() {
        faults.required(path, "");
    } else if let Some(why) = dns_subdomain_fault(group) {
        faults.invalid_text(path, group, why);
    } else if !group.contains('.') {
        faults.invalid_text(path, group, "should be a domain with at least one dot");
    }
}

fn all_versions(spec: &Value, shared: &Shared<'_>, old: &Value, path: &Path<'_>, faults: &mut Faults) {
    let versions = list(spec, "versions");
    for (at, version) in versions.iter().enumerate() {
        let at = path.index(at);
        if let Some(why) = dns1035_label_fault(text(version, "name")) {
            faults.invalid_text(&at.child("name"), text(version, "name"), why);
        }
        versions::check(version, shared, old, &at, faults);
    }
    let names: std::collections::BTreeSet<&str> = versions.iter().map(|version| text(version, "name")).collect();
    let shown = || go::versions(spec, shared);
    if names.len() != versions.len() {
        faults.invalid_shown(path, shown(), "must contain unique version names");
    }
    if versions.iter().filter(|version| flag(version, "storage")).count() != 1 {
        faults.invalid_shown(path, shown(), "must have exactly one version marked as storage version");
    }
}

fn required_names(names: &Value, path: &Path<'_>, faults: &mut Faults) {
    for field in ["plural", "singular", "kind", "listKind"] {
        if text(names, field).is_empty() {
            faults.required(&path.child(field), "");
        }
    }
}

fn selectable_of_all(shared: &Shared<'_>, path: &Path<'_>, faults: &mut Faults) {
    if shared.selectable.is_empty() {
        return;
    }
    let fields = path.child("selectableFields");
    match shared.schema {
        None => faults.invalid_text(&fields, "", "may only be set when validations.schema is included"),
        Some(schema) => {
            versions::selectable(shared.selectable, &schema["openAPIV3Schema"], &path.child("schema"), &fields, faults);
        }
    }
}

/// What never changes, and what does not once the definition is established.
fn changes(spec: &Value, old: &Value, path: &Path<'_>, faults: &mut Faults) {
    let Some(before) = set(old, "spec") else { return };
    let names = path.child("names");
    if established(old) {
        faults.immutable(&path.child("scope"), spec.get("scope"), before.get("scope"));
        faults.immutable(&names.child("kind"), spec["names"].get("kind"), before["names"].get("kind"));
    }
    faults.immutable(&path.child("group"), spec.get("group"), before.get("group"));
    faults.immutable(&names.child("plural"), spec["names"].get("plural"), before["names"].get("plural"));
}

/// Whether `definition` is established.
pub(super) fn established(definition: &Value) -> bool {
    let conditions = list(&definition["status"], "conditions");
    conditions.iter().any(|condition| condition["type"] == "Established" && condition["status"] == "True")
}
