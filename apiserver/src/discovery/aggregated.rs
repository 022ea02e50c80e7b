//! `apidiscovery.k8s.io/v2`: everything in one document.

use kontiki_api::kind::{Kind, Kinds, Subresource};
use serde_json::{Value, json};

use super::plain::{texts, verbs, verbs_of};

/// The document of `/api` (`core`) or `/apis`.
pub(crate) fn aggregated(kinds: &Kinds, core: bool) -> Value {
    let items: Vec<Value> = kinds.groups().iter().filter(|name| name.is_empty() == core).map(|name| group(kinds, name)).collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn group(kinds: &Kinds, name: &str) -> Value {
    let versions: Vec<Value> = kinds
        .versions(name)
        .iter()
        .map(|version| {
            let resources: Vec<Value> = kinds.in_version(name, version).iter().map(|row| resource(row)).collect();
            json!({"version": &**version, "resources": resources, "freshness": "Current"})
        })
        .collect();
    let metadata = if name.is_empty() { json!({}) } else { json!({"name": name}) };
    json!({"metadata": metadata, "versions": versions})
}

fn resource(row: &Kind) -> Value {
    let mut value = json!({
        "resource": &*row.plural,
        "responseKind": {"group": &*row.group, "version": &*row.version, "kind": &*row.kind},
        "scope": if row.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": &*row.singular,
        "verbs": verbs_of(row),
    });
    if !row.short_names.is_empty() {
        value["shortNames"] = texts(&row.short_names);
    }
    if !row.categories.is_empty() {
        value["categories"] = texts(&row.categories);
    }
    if !row.subresources.is_empty() {
        value["subresources"] = row.subresources.iter().map(subresource).collect();
    }
    value
}

fn subresource(sub: &Subresource) -> Value {
    json!({
        "subresource": &*sub.name,
        "responseKind": {"group": &*sub.group, "version": &*sub.version, "kind": &*sub.kind},
        "verbs": verbs(&sub.verbs),
    })
}
