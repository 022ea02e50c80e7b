//! Discovery, one document per group and version.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::kind::{Kind, Kinds, Subresource, version_priority};
use kontiki_api::request::Verb;
use serde_json::{Value, json};

/// `/api`.
pub(crate) fn core_versions(address: &str) -> Value {
    json!({
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    })
}

/// `/apis`.
pub(crate) fn groups(kinds: &Kinds) -> Value {
    let groups: Vec<Value> = names(kinds).iter().filter(|name| !name.is_empty()).map(|name| group_value(kinds, name)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/G`; `None` where no such group is served.
pub(crate) fn group(kinds: &Kinds, name: &str) -> Option<Value> {
    if name.is_empty() || versions(kinds, name).is_empty() {
        return None;
    }
    let mut group = group_value(kinds, name);
    group["kind"] = "APIGroup".into();
    group["apiVersion"] = "v1".into();
    Some(group)
}

/// `/api/v1`, `/apis/G/V`; `None` where no such version is served.
pub(crate) fn version(kinds: &Kinds, group: &str, version: &str) -> Option<Value> {
    let rows = kinds.in_version(group, version);
    if rows.is_empty() {
        return None;
    }
    let resources: Vec<Value> = rows.iter().flat_map(resources).collect();
    let group_version = rows[0].api_version();
    Some(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}))
}

fn group_value(kinds: &Kinds, name: &str) -> Value {
    let versions: Vec<Value> = versions(kinds, name)
        .iter()
        .map(|version| json!({"groupVersion": format!("{name}/{version}"), "version": &**version}))
        .collect();
    let preferred = versions.first().cloned().unwrap_or_default();
    json!({"name": name, "versions": versions, "preferredVersion": preferred})
}

/// The groups served, the core group among them as the empty name.
pub(super) fn names(kinds: &Kinds) -> Vec<Text> {
    let mut names: Vec<Text> = kinds.iter().map(|row| row.group.clone()).collect();
    names.dedup();
    names
}

/// The versions of a group, the preferred one first.
pub(super) fn versions(kinds: &Kinds, group: &str) -> Vec<Text> {
    let mut versions: Vec<Text> = kinds.in_group(group).iter().map(|row| row.version.clone()).collect();
    versions.dedup();
    versions.sort_by_key(|version| std::cmp::Reverse(version_priority(version)));
    versions
}

fn resources(row: &Arc<Kind>) -> Vec<Value> {
    let mut resource = json!({
        "name": &*row.plural, "singularName": &*row.singular, "namespaced": row.namespaced, "kind": &*row.kind,
        "verbs": verbs(&row.verbs),
    });
    if !row.short_names.is_empty() {
        resource["shortNames"] = texts(&row.short_names);
    }
    if !row.categories.is_empty() {
        resource["categories"] = texts(&row.categories);
    }
    std::iter::once(resource).chain(row.subresources.iter().map(|sub| subresource(row, sub))).collect()
}

fn subresource(row: &Kind, sub: &Subresource) -> Value {
    let mut value = json!({
        "name": format!("{}/{}", row.plural, sub.name), "singularName": "", "namespaced": row.namespaced,
        "kind": &*sub.kind, "verbs": verbs(&sub.verbs),
    });
    if (&sub.group, &sub.version) != (&row.group, &row.version) {
        value["group"] = (*sub.group).into();
        value["version"] = (*sub.version).into();
    }
    value
}

pub(super) fn verbs(verbs: &[Verb]) -> Value {
    let mut names: Vec<&str> = verbs.iter().map(|verb| verb.as_str()).collect();
    names.sort_unstable();
    names.into()
}

pub(super) fn texts(texts: &[Text]) -> Value {
    texts.iter().map(|text| Value::from(&**text)).collect()
}
