//! Discovery, one document per group and version.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::Text;
use kontiki_api::kind::{Kind, Kinds, Subresource};
use kontiki_api::request::Verb;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// `/api`.
pub(crate) fn core_versions(address: &str) -> Value {
    json!({
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    })
}

/// `/apis`.
pub(crate) fn groups(kinds: &Kinds) -> Value {
    let groups: Vec<Value> = kinds.groups().iter().filter(|name| !name.is_empty()).map(|name| group_value(kinds, name)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/G`; `None` where no such group is served.
pub(crate) fn group(kinds: &Kinds, name: &str) -> Option<Value> {
    if name.is_empty() || kinds.in_group(name).is_empty() {
        return None;
    }
    let mut group = json!({"kind": "APIGroup", "apiVersion": "v1"});
    let (all, own) = (group.as_object_mut()?, group_value(kinds, name));
    all.extend(own.as_object()?.clone());
    Some(group)
}

/// `/api/v1`, `/apis/G/V`; `None` where no such version is served.
pub(crate) fn version(kinds: &Kinds, group: &str, version: &str) -> Option<Value> {
    let rows = kinds.in_version(group, version);
    if rows.is_empty() {
        return None;
    }
    let resources: Vec<Value> = rows.iter().flat_map(|row| resources(kinds, row)).collect();
    let group_version = rows[0].api_version();
    Some(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}))
}

fn group_value(kinds: &Kinds, name: &str) -> Value {
    let versions: Vec<Value> = kinds
        .versions(name)
        .iter()
        .map(|version| json!({"groupVersion": format!("{name}/{version}"), "version": &**version}))
        .collect();
    let preferred = versions.first().cloned().unwrap_or_default();
    json!({"name": name, "versions": versions, "preferredVersion": preferred})
}

fn resources(kinds: &Kinds, row: &Arc<Kind>) -> Vec<Value> {
    let mut resource = json!({
        "name": &*row.plural, "singularName": &*row.singular, "namespaced": row.namespaced, "kind": &*row.kind,
        "verbs": verbs_of(row),
    });
    if !row.short_names.is_empty() {
        resource["shortNames"] = texts(&row.short_names);
    }
    if !row.categories.is_empty() {
        resource["categories"] = texts(&row.categories);
    }
    if let Some(hash) = storage_hash(kinds, row) {
        resource["storageVersionHash"] = hash.into();
    }
    std::iter::once(resource).chain(row.subresources.iter().map(|sub| subresource(row, sub))).collect()
}

/// Upstream's hash of the version that the objects of `row` are stored in; `None` where none are, or that version is not served.
fn storage_hash(kinds: &Kinds, row: &Kind) -> Option<String> {
    // What is stored can be watched.
    if !row.verbs.contains(&Verb::Watch) {
        return None;
    }
    let of = |row: &Kind| Some((row.group.clone(), row.version.clone()));
    let (group, version) = match (&row.custom, &row.conversion) {
        (Some(custom), _) => {
            custom.crd().storage().filter(|version| version.served).map(|version| (row.group.clone(), version.name.clone()))
        }
        (None, None) => of(row),
        (None, Some(_)) => {
            kinds.iter().find(|other| other.conversion.is_none() && other.resource == row.resource).and_then(|other| of(other))
        }
    }?;
    let digest = Sha256::digest(format!("{group}/{version}/{}", row.kind));
    Some(STANDARD.encode(digest.get(..8).unwrap_or_default()))
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

/// What can be done with the objects of `row`. Upstream lists it of custom kinds in an order of its own, and that those of a definition
/// that goes away can still be read and deleted.
pub(super) fn verbs_of(row: &Kind) -> Value {
    let Some(custom) = &row.custom else { return verbs(&row.verbs) };
    let kept = |verb: &&Verb| !custom.crd().terminating || !matches!(verb, Verb::Create | Verb::Patch | Verb::Update);
    row.verbs.iter().filter(kept).map(|verb| verb.as_str()).collect()
}

pub(super) fn verbs(verbs: &[Verb]) -> Value {
    let mut names: Vec<&str> = verbs.iter().map(|verb| verb.as_str()).collect();
    names.sort_unstable();
    names.into()
}

pub(super) fn texts(texts: &[Text]) -> Value {
    texts.iter().map(|text| Value::from(&**text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_says_by_a_hash_in_which_version() {
        let kinds = Kinds::builtin();
        let hash = |group: &str, of: &str, plural: &str| {
            let list = version(&kinds, group, of).unwrap();
            let resources = list["resources"].as_array().unwrap();
            resources.iter().find(|resource| resource["name"] == plural).unwrap()["storageVersionHash"].clone()
        };
        // As upstream's servers tell them.
        assert_eq!(hash("", "v1", "pods"), "xPOwRZ+Yhw8=");
        assert_eq!(hash("apps", "v1", "deployments"), "8aSe+NMegvE=");
        assert_eq!(hash("events.k8s.io", "v1", "events"), hash("", "v1", "events"));
        assert_eq!(hash("autoscaling", "v1", "horizontalpodautoscalers"), hash("autoscaling", "v2", "horizontalpodautoscalers"));
        for (group, plural) in [("", "pods/status"), ("", "bindings"), ("authentication.k8s.io", "tokenreviews")] {
            assert_eq!(hash(group, "v1", plural), Value::Null, "{plural}");
        }
    }
}
