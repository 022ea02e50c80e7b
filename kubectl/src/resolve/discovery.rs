//! Asks the server what it serves. Built-in kinds are known without asking.

use kontiki_api::kind::Kinds;
use serde_json::Value;

use super::Resource;
use crate::failure::Failure;
use crate::transport::Client;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/// The resource that people mean by `name`.
pub(crate) async fn by_name(client: &Client, name: &str) -> Result<Resource, Failure> {
    let lower = name.to_lowercase();
    if let Some(kind) = Kinds::builtin().find(&lower) {
        return Ok((&**kind).into());
    }
    let served = all_resources(client).await?;
    let missing = || Failure::Usage(format!("the server doesn't have a resource type {name:?}"));
    served.into_iter().find(|resource| resource.is_called(&lower)).ok_or_else(missing)
}

/// The resource of `kind` in `api_version`.
pub(crate) async fn by_kind(client: &Client, api_version: &str, kind: &str) -> Result<Resource, Failure> {
    if let Some(row) = Kinds::builtin().by_kind(api_version, kind) {
        return Ok((&**row).into());
    }
    let served = all_resources(client).await?;
    let found = served.into_iter().find(|resource| resource.kind == kind && resource.api_version() == api_version);
    found.ok_or_else(|| {
        Failure::Usage(format!(
            "resource mapping not found: no matches for kind {kind:?} in version {api_version:?}\nensure CRDs are installed first"
        ))
    })
}

/// The resources of a category such as `all`, each at its most preferred version; none where it is no category.
pub(crate) fn category(name: &str) -> Vec<Resource> {
    let kinds = Kinds::builtin();
    let mut found: Vec<Resource> = Vec::new();
    for kind in kinds.iter().filter(|kind| kind.categories.iter().any(|category| &**category == name)) {
        let preferred = kinds.find(&format!("{}.{}", kind.plural, kind.group)).unwrap_or(kind);
        let resource = Resource::from(&**preferred);
        if !found.contains(&resource) {
            found.push(resource);
        }
    }
    found
}

/// Everything that the server serves, in its order, without subresources.
pub(crate) async fn all_resources(client: &Client) -> Result<Vec<Resource>, Failure> {
    let mut found = Vec::new();
    for root in ["/api", "/apis"] {
        let answer = client.get(root, AGGREGATED).await?.value;
        match answer.get("kind").and_then(Value::as_str) {
            Some("APIGroupDiscoveryList") => found.extend(aggregated(&answer)),
            _ => found.extend(plain(client, root, &answer).await?),
        }
    }
    Ok(found)
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    list(value, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn aggregated(answer: &Value) -> Vec<Resource> {
    let mut found = Vec::new();
    for group in list(answer, "items") {
        let name = group.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        // The first version is the preferred one.
        for version in list(group, "versions").iter().take(1) {
            found.extend(list(version, "resources").iter().map(|resource| Resource {
                group: name.to_owned(),
                version: text(version, "version"),
                plural: text(resource, "resource"),
                singular: text(resource, "singularResource"),
                kind: resource.pointer("/responseKind/kind").and_then(Value::as_str).unwrap_or_default().to_owned(),
                short: texts(resource, "shortNames"),
                categories: texts(resource, "categories"),
                namespaced: text(resource, "scope") == "Namespaced",
                verbs: texts(resource, "verbs"),
            }));
        }
    }
    found
}

async fn plain(client: &Client, root: &str, answer: &Value) -> Result<Vec<Resource>, Failure> {
    let versions: Vec<String> = match root {
        "/api" => texts(answer, "versions"),
        _ => list(answer, "groups")
            .iter()
            .filter_map(|group| Some(group.pointer("/preferredVersion/groupVersion")?.as_str()?.to_owned()))
            .collect(),
    };
    let mut found = Vec::new();
    for group_version in versions {
        let resources = client.get(&format!("{root}/{group_version}"), "application/json").await?.value;
        let (group, version) = group_version.split_once('/').unwrap_or(("", &group_version));
        let main = list(&resources, "resources").iter().filter(|resource| !text(resource, "name").contains('/'));
        found.extend(main.map(|resource| Resource {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: text(resource, "name"),
            singular: text(resource, "singularName"),
            kind: text(resource, "kind"),
            short: texts(resource, "shortNames"),
            categories: texts(resource, "categories"),
            namespaced: resource.get("namespaced").and_then(Value::as_bool).unwrap_or_default(),
            verbs: texts(resource, "verbs"),
        }));
    }
    Ok(found)
}
