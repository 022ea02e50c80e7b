//! Documents about groups of other servers, beside our own.

use kontiki_api::status::Status;
use serde_json::{Map, Value, json};

use super::{Aggregator, ApiService};
use crate::route::unknown;

/// Adds the groups and versions of `services` to an `APIGroupList`.
pub(crate) fn merge_groups(list: &mut Value, services: &[ApiService]) {
    let Some(groups) = list.get_mut("groups").and_then(Value::as_array_mut) else { return };
    for service in services {
        match groups.iter_mut().find(|group| group["name"] == service.group.as_str()) {
            Some(group) => add_version(group, service),
            None => groups.push(group_of(service)),
        }
    }
}

/// The `APIGroup` called `name`: `local` with the versions of `services`.
///
/// # Errors
/// 404 where nobody serves it.
pub(crate) fn remote_group(local: Option<Value>, services: &[ApiService], name: &str) -> Result<Value, Status> {
    let mut group = local;
    for service in services.iter().filter(|service| service.group == name) {
        match &mut group {
            Some(group) => add_version(group, service),
            None => group = Some(group_of(service)),
        }
    }
    let mut group = group.ok_or_else(unknown)?;
    group["kind"] = "APIGroup".into();
    group["apiVersion"] = "v1".into();
    Ok(group)
}

fn version_of(service: &ApiService) -> Value {
    json!({"groupVersion": service.group_version(), "version": service.version})
}

fn group_of(service: &ApiService) -> Value {
    json!({"name": service.group, "versions": [version_of(service)], "preferredVersion": version_of(service)})
}

fn add_version(group: &mut Value, service: &ApiService) {
    let Some(versions) = group.get_mut("versions").and_then(Value::as_array_mut) else { return };
    if !versions.iter().any(|version| version["version"] == service.version.as_str()) {
        versions.push(version_of(service));
    }
}

/// Adds what is known of `services` to an `APIGroupDiscoveryList`: `Stale` where their server does not answer.
pub(crate) fn merge_aggregated(list: &mut Value, services: &[ApiService], aggregator: &Aggregator) {
    let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) else { return };
    for service in services {
        let known = aggregator.discovered(&service.object.key.name);
        let resources = known.as_ref().map(|known| resources(&known.resources, service)).unwrap_or_default();
        let freshness = if service.available { "Current" } else { "Stale" };
        let version = json!({"version": service.version, "resources": resources, "freshness": freshness});
        let found = items.iter_mut().find(|group| group["metadata"]["name"] == service.group.as_str());
        match found.and_then(|group| group.get_mut("versions")?.as_array_mut()) {
            Some(versions) => versions.push(version),
            None => items.push(json!({"metadata": {"name": service.group, "creationTimestamp": null}, "versions": [version]})),
        }
    }
}

/// `APIResource`s as aggregated discovery has them: subresources below what they belong to.
fn resources(listed: &[Value], service: &ApiService) -> Vec<Value> {
    let name = |resource: &Value| resource.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let own = listed.iter().filter(|resource| !name(resource).contains('/'));
    own.map(|resource| {
        let mut value = json!({
            "resource": resource["name"], "responseKind": kind(resource, service),
            "scope": if resource["namespaced"] == true { "Namespaced" } else { "Cluster" },
            "singularResource": resource["singularName"], "verbs": resource["verbs"],
        });
        for optional in ["shortNames", "categories"] {
            if let Some(list) = resource.get(optional) {
                value[optional] = list.clone();
            }
        }
        let prefix = format!("{}/", name(resource));
        let below: Vec<Value> = listed
            .iter()
            .filter_map(|sub| Some((name(sub).strip_prefix(&prefix)?.to_owned(), sub)))
            .map(|(short, sub)| json!({"subresource": short, "responseKind": kind(sub, service), "verbs": sub["verbs"]}))
            .collect();
        if !below.is_empty() {
            value["subresources"] = below.into();
        }
        value
    })
    .collect()
}

fn kind(resource: &Value, service: &ApiService) -> Value {
    let or = |name: &str, own: &str| resource.get(name).and_then(Value::as_str).unwrap_or(own).to_owned();
    json!({"group": or("group", &service.group), "version": or("version", &service.version), "kind": resource["kind"]})
}

/// Adds the documents of `services` to the index of `/openapi/v3`.
pub(crate) fn merge_openapi_v3(index: &mut Value, services: &[ApiService], aggregator: &Aggregator) {
    let Some(paths) = index.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let known = services.iter().filter_map(|service| {
        let entry = aggregator.discovered(&service.object.key.name)?.openapi.clone()?;
        Some((format!("apis/{}", service.group_version()), entry))
    });
    paths.extend(known.collect::<Map<String, Value>>());
}
