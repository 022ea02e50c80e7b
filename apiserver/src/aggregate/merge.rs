//! Documents about groups of other servers, beside our own.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use kontiki_api::kind::{Kinds, priority, version_priority};
use kontiki_api::status::Status;
use serde_json::{Map, Value, json};

use super::{Aggregator, ApiService};
use crate::discovery;

/// Adds the groups and versions of `services` to an `APIGroupList` of `kinds`.
pub(crate) fn merge_groups(list: &mut Value, kinds: &Kinds, services: &[ApiService]) {
    let Some(groups) = list.get_mut("groups").and_then(Value::as_array_mut) else { return };
    for service in services {
        match groups.iter_mut().find(|group| group["name"] == service.group.as_str()) {
            Some(group) => add_version(group, service),
            None => groups.push(json!({"name": service.group, "versions": [version_of(service)]})),
        }
    }
    let places = Places { kinds, services };
    groups.iter_mut().for_each(|group| places.sort_versions(group));
    groups.sort_by_cached_key(|group| places.of_group(text(group, "name")));
}

/// The `APIGroup` called `name`: that of `kinds` with the versions of `services`.
///
/// # Errors
/// 404 where nobody serves it.
pub(crate) fn remote_group(kinds: &Kinds, services: &[ApiService], name: &str) -> Result<Value, Status> {
    let mut group = discovery::group(kinds, name);
    for service in services.iter().filter(|service| service.group == name) {
        let new = || json!({"kind": "APIGroup", "apiVersion": "v1", "name": service.group, "versions": []});
        add_version(group.get_or_insert_with(new), service);
    }
    let mut group = group.ok_or_else(Status::unrouted)?;
    Places { kinds, services }.sort_versions(&mut group);
    Ok(group)
}

fn version_of(service: &ApiService) -> Value {
    json!({"groupVersion": service.group_version(), "version": service.version})
}

fn add_version(group: &mut Value, service: &ApiService) {
    let Some(versions) = group.get_mut("versions").and_then(Value::as_array_mut) else { return };
    if !versions.iter().any(|version| version["version"] == service.version.as_str()) {
        versions.push(version_of(service));
    }
}

/// Adds what is known of `services` to an `APIGroupDiscoveryList` of `kinds`: `Stale` where their server does not answer.
pub(crate) fn merge_aggregated(list: &mut Value, kinds: &Kinds, services: &[ApiService], aggregator: &Aggregator) {
    let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) else { return };
    for service in services.iter().filter(|service| service.counts(kinds)) {
        let known = aggregator.discovered(&service.object.key.name);
        let resources = known.as_ref().map(|known| resources(&known.resources, service)).unwrap_or_default();
        let freshness = if service.available { "Current" } else { "Stale" };
        let version = json!({"version": service.version, "resources": resources, "freshness": freshness});
        let found = items.iter_mut().find(|group| group["metadata"]["name"] == service.group.as_str());
        match found.and_then(|group| group.get_mut("versions")?.as_array_mut()) {
            Some(versions) => {
                // It is the other server that requests go to.
                versions.retain(|version| version["version"] != service.version.as_str());
                versions.push(version);
            }
            None => items.push(json!({"metadata": {"name": service.group}, "versions": [version]})),
        }
    }
    let places = Places { kinds, services };
    for group in items.iter_mut() {
        let name = text(&group["metadata"], "name").to_owned();
        if let Some(versions) = group.get_mut("versions").and_then(Value::as_array_mut) {
            versions.sort_by_cached_key(|version| places.of_version(&name, text(version, "version")));
        }
    }
    items.sort_by_cached_key(|group| places.of_group(text(&group["metadata"], "name")));
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Where the groups and versions of `kinds` and of `services` stand among each other.
struct Places<'a> {
    kinds: &'a Kinds,
    services: &'a [ApiService],
}

impl Places<'_> {
    /// A key by which groups sort: as high as any of their versions, then by name.
    fn of_group(&self, name: &str) -> (Reverse<i64>, String) {
        let remote = self.services.iter().filter(|service| service.group == name).map(|service| service.priority.0).max();
        (Reverse(remote.unwrap_or_default().max(self.kinds.group_priority(name))), name.to_owned())
    }

    /// A key by which the versions of `group` sort: by their places, then as versions do.
    fn of_version(&self, group: &str, version: &str) -> (Reverse<(i64, (u8, u32, u32))>, String) {
        let remote = self.services.iter().find(|service| service.group == group && service.version == version);
        let place = || self.kinds.in_version(group, version).first().map(|row| priority(row).1);
        let place = remote.map(|service| service.priority.1).or_else(place).unwrap_or_default();
        (Reverse((place, version_priority(version))), version.to_owned())
    }

    /// Sorts the versions of an `APIGroup`; the first is the preferred one.
    fn sort_versions(&self, group: &mut Value) {
        let name = text(group, "name").to_owned();
        let Some(versions) = group.get_mut("versions").and_then(Value::as_array_mut) else { return };
        versions.sort_by_cached_key(|version| self.of_version(&name, text(version, "version")));
        group["preferredVersion"] = versions.first().cloned().unwrap_or_default();
    }
}

/// `APIResource`s as aggregated discovery has them: subresources below what they belong to.
fn resources(listed: &[Value], service: &ApiService) -> Vec<Value> {
    let (below, own): (Vec<&Value>, Vec<&Value>) = listed.iter().partition(|resource| text(resource, "name").contains('/'));
    let mut resources: Vec<Value> = own.iter().map(|resource| self::resource(resource, service)).collect();
    let mut places: BTreeMap<&str, usize> = own.iter().enumerate().map(|(at, own)| (text(own, "name"), at)).collect();
    for sub in below {
        let Some((name, short)) = text(sub, "name").split_once('/') else { continue };
        // Some servers have nothing but subresources, as those of metrics.
        let at = *places.entry(name).or_insert_with(|| {
            resources.push(
                json!({"resource": name, "responseKind": no_kind(), "scope": scope(sub), "singularResource": "", "verbs": null}),
            );
            resources.len() - 1
        });
        let Some(subresources) = resources.get_mut(at).and_then(Value::as_object_mut) else { continue };
        let subresources = subresources.entry("subresources").or_insert_with(|| Value::Array(Vec::new()));
        let kind = if text(sub, "kind").is_empty() { no_kind() } else { kind(sub, service) };
        if let Some(subresources) = subresources.as_array_mut() {
            subresources.push(json!({"subresource": short, "responseKind": kind, "verbs": sub["verbs"]}));
        }
    }
    resources
}

fn resource(listed: &Value, service: &ApiService) -> Value {
    let mut value = json!({
        "resource": listed["name"], "responseKind": kind(listed, service), "scope": scope(listed),
        "singularResource": listed["singularName"], "verbs": listed["verbs"],
    });
    for optional in ["shortNames", "categories"] {
        if let Some(list) = listed.get(optional) {
            value[optional] = list.clone();
        }
    }
    value
}

/// What upstream says where there is no kind: clients read the member without looking.
fn no_kind() -> Value {
    json!({"group": "", "version": "", "kind": ""})
}

fn scope(listed: &Value) -> &'static str {
    if listed["namespaced"] == true { "Namespaced" } else { "Cluster" }
}

fn kind(resource: &Value, service: &ApiService) -> Value {
    let or = |name: &str, own: &str| resource.get(name).and_then(Value::as_str).unwrap_or(own).to_owned();
    json!({"group": or("group", &service.group), "version": or("version", &service.version), "kind": resource["kind"]})
}

/// Adds the documents of `services` to the index of `/openapi/v3`.
pub(crate) fn merge_openapi_v3(index: &mut Value, kinds: &Kinds, services: &[ApiService], aggregator: &Aggregator) {
    let Some(paths) = index.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let known = services.iter().filter(|service| service.counts(kinds)).filter_map(|service| {
        let entry = aggregator.discovered(&service.object.key.name)?.openapi.clone()?;
        Some((format!("apis/{}", service.group_version()), entry))
    });
    paths.extend(known.collect::<Map<String, Value>>());
}

#[cfg(test)]
mod tests {
    use kontiki_api::meta::{Key, Revision};
    use kontiki_api::object::Draft;

    use super::*;
    use crate::discovery::{aggregated, groups};

    fn service(group: &str, version: &str, priority: (i64, i64)) -> ApiService {
        let spec = json!({"group": group, "version": version, "groupPriorityMinimum": priority.0, "versionPriority": priority.1,
            "service": {"namespace": "n", "name": "s"}});
        let key = Key::new(super::super::api_service::API_SERVICES, "", format!("{version}.{group}"));
        ApiService::read(&Draft::new(key, json!({"spec": spec}), &[]).at(Revision(1))).unwrap()
    }

    #[test]
    fn groups_of_other_servers_stand_where_their_priorities_put_them() {
        let kinds = Kinds::builtin();
        let services = [
            service("high.example.com", "v1beta1", (17_790, 100)),
            service("low.example.com", "v1", (50, 15)),
            service("high.example.com", "v1", (10, 15)),
            service("batch", "v2alpha1", (100, 200)),
            service("policy", "v1", (100, 100)),
        ];
        let mut list = groups(&kinds);
        merge_groups(&mut list, &kinds, &services);
        let told = list["groups"].as_array().unwrap();
        let place = |name: &str| told.iter().position(|group| group["name"] == name).unwrap();
        assert_eq!(told[0]["name"], "apiregistration.k8s.io");
        assert_eq!((place("apps") + 1, place("high.example.com") + 1), (place("high.example.com"), place("events.k8s.io")));
        assert_eq!(place("low.example.com"), told.len() - 1);
        let high = &told[place("high.example.com")];
        assert_eq!(
            (&high["versions"][0]["version"], &high["preferredVersion"]["version"]),
            (&"v1beta1".into(), &"v1beta1".into())
        );
        assert_eq!(remote_group(&kinds, &services, "batch").unwrap()["preferredVersion"]["version"], "v2alpha1");
        assert_eq!(remote_group(&kinds, &services, "low.example.com").unwrap()["kind"], "APIGroup");

        let mut whole = aggregated(&kinds, false);
        merge_aggregated(&mut whole, &kinds, &services, &Aggregator::default());
        let names = |list: &Value, pointer: &str| -> Vec<Value> {
            let groups = list.as_object().unwrap().values().find_map(Value::as_array).unwrap();
            groups.iter().map(|group| group.pointer(pointer).unwrap().clone()).collect()
        };
        assert_eq!(names(&whole, "/metadata/name"), names(&list, "/name"));
        assert_eq!(names(&whole, "/versions/0/version"), names(&list, "/versions/0/version"));
        let policy = names(&whole, "/versions/0")[place("policy")].clone();
        assert_eq!(
            (&policy["freshness"], &policy["resources"][0]["resource"]),
            (&"Current".into(), &"poddisruptionbudgets".into())
        );
    }
    #[test]
    fn subresources_without_a_parent_are_told_below_one_without_a_kind() {
        let pods = json!([
            {"name": "pods/http_requests", "singularName": "", "namespaced": true, "kind": "MetricValueList", "verbs": ["get"]},
            {"name": "nodes", "singularName": "node", "namespaced": false, "kind": "Node", "verbs": ["get"]},
            {"name": "nodes/x", "namespaced": false, "kind": "", "verbs": ["get"]},
            {"name": "pods/y", "namespaced": true, "kind": "Y", "verbs": ["list"]},
        ]);
        let told = resources(pods.as_array().unwrap(), &service("m.example.com", "v1", (1, 1)));
        let names = |at: usize| -> Vec<&str> {
            told[at]["subresources"].as_array().unwrap().iter().map(|sub| text(sub, "subresource")).collect()
        };
        assert_eq!((told[0]["resource"].as_str(), names(0)), (Some("nodes"), vec!["x"]));
        assert_eq!((told[1]["resource"].as_str(), names(1)), (Some("pods"), vec!["http_requests", "y"]));
        assert_eq!((&told[1]["scope"], &told[1]["responseKind"]), (&"Namespaced".into(), &no_kind()));
        assert_eq!(told[1]["subresources"][0]["responseKind"]["kind"], "MetricValueList");
        assert_eq!(told[0]["subresources"][0]["responseKind"], no_kind());
    }

    #[test]
    fn who_claims_a_built_in_version_does_not_change_its_document() {
        let (kinds, aggregator) = (Kinds::builtin(), Aggregator::default());
        let services = [service("apps", "v1", (1, 1)), service("m.example.com", "v1", (1, 1))];
        for service in &services {
            let said = super::super::discovered::Discovered { openapi: Some("theirs".into()), ..Default::default() };
            aggregator.learn(&service.object.key.name, Some(said));
        }
        let mut index = json!({"paths": {"apis/apps/v1": "ours"}});
        merge_openapi_v3(&mut index, &kinds, &services, &aggregator);
        assert_eq!(index, json!({"paths": {"apis/apps/v1": "ours", "apis/m.example.com/v1": "theirs"}}));
    }
}
