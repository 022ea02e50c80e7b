//! OpenAPI documents hold what kubectl looks for.

use std::sync::Arc;

use kontiki_api::custom::{Crd, DEFINITIONS, rows};
use kontiki_api::kind::Kinds;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Draft;
use kontiki_api::openapi::{v2_document, v3_document, v3_hash, v3_index, v3_url};
use serde_json::{Value, json};

#[test]
fn every_reference_leads_somewhere() {
    let kinds = Kinds::builtin();
    let index = v3_index(&kinds);
    assert!(index["paths"]["apis/apps/v1"]["serverRelativeURL"].as_str().unwrap().starts_with("/openapi/v3/apis/apps/v1?hash="));
    for path in index["paths"].as_object().unwrap().keys() {
        let mut parts = path.rsplit('/');
        let (version, group) = (parts.next().unwrap(), parts.next().unwrap());
        let document = v3_document(&kinds, if group == "api" { "" } else { group }, version).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let mut references = Vec::new();
        gather(&document, &mut references);
        for reference in references {
            let name = reference.strip_prefix("#/components/schemas/").unwrap();
            assert!(schemas.contains_key(name) || name.ends_with("Options"), "{path}: {name}");
        }
    }
}

fn gather(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).map(String::from));
            map.values().for_each(|value| gather(value, found));
        }
        _ => {}
    }
}

#[test]
fn a_patch_says_what_it_patches_and_how() {
    let document = v3_document(&Kinds::builtin(), "apps", "v1").unwrap();
    let patch = &document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
    assert_eq!(patch["x-kubernetes-group-version-kind"], json!({"group": "apps", "version": "v1", "kind": "Deployment"}));
    assert_eq!(patch["operationId"], "patchAppsV1NamespacedDeployment");
    assert!(patch["requestBody"]["content"].get("application/strategic-merge-patch+json").is_some());
    let parameters = patch["parameters"].as_array().unwrap();
    for name in ["dryRun", "fieldManager", "fieldValidation", "force"] {
        assert!(parameters.iter().any(|parameter| parameter["name"] == name && parameter["in"] == "query"), "{name}");
    }
    let schemas = &document["components"]["schemas"];
    let containers = &schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"];
    assert_eq!(containers["x-kubernetes-patch-merge-key"], "name");
    assert!(containers["description"].as_str().is_some_and(|text| text.len() > 20));
    let deployment = &schemas["io.k8s.api.apps.v1.Deployment"];
    assert_eq!(deployment["x-kubernetes-group-version-kind"][0]["kind"], "Deployment");
    assert_eq!(deployment["properties"]["spec"]["allOf"][0]["$ref"], "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec");
}

/// The built-in kinds, and one of `group` whose lists are called so.
fn with(group: &str, list: &str) -> Kinds {
    let open = json!({"type": "array", "items": {"type": "string"}, "x-kubernetes-preserve-unknown-fields": true});
    let spec = json!({"type": "object", "properties": {"open": open, "port": {"x-kubernetes-int-or-string": true}}});
    let schema = json!({"type": "object", "properties": {"spec": spec}});
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema},
        "selectableFields": [{"jsonPath": ".spec.host"}],
        "subresources": {"scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}}});
    let definition = json!({"metadata": {"name": format!("routes.{group}")}, "spec": {"group": group, "scope": "Namespaced",
        "names": {"plural": "routes", "singular": "route", "kind": "Route", "listKind": list}, "versions": [version]},
        "status": {"conditions": [{"type": "Established", "status": "True"}]}});
    let stored = Draft::new(Key::new(DEFINITIONS, "", format!("routes.{group}")), definition, &[]).at(Revision(1));
    let mut kinds = Kinds::builtin();
    rows(&Arc::new(Crd::read(&stored, None).unwrap())).into_iter().for_each(|row| kinds.insert(row));
    kinds
}

#[test]
fn a_document_and_its_hash_change_with_its_own_kinds_alone() {
    const GROUP: &str = "gateway.networking.k8s.io";
    let (none, one, other) = (Kinds::builtin(), with(GROUP, "RouteList"), with(GROUP, "Routes"));
    assert_eq!(v3_document(&none, "apps", "v1"), v3_document(&one, "apps", "v1"));
    assert_eq!(v3_hash(&none, "apps", "v1"), v3_hash(&one, "apps", "v1"));
    assert_ne!(v3_document(&one, GROUP, "v1"), v3_document(&other, GROUP, "v1"));
    assert_ne!(v3_hash(&one, GROUP, "v1"), v3_hash(&other, GROUP, "v1"));
    assert_eq!(v3_hash(&none, GROUP, "v1"), None);
    let hash = v3_hash(&one, GROUP, "v1").unwrap();
    let path = format!("apis/{GROUP}/v1");
    assert_eq!(v3_index(&one)["paths"][&path]["serverRelativeURL"], v3_url(GROUP, "v1", &hash));
}

#[test]
fn custom_kinds_of_groups_of_kubernetes_are_published_as_all_custom_kinds_are() {
    let document = v2_document(&with("gateway.networking.k8s.io", "RouteList"));
    let open = &document["definitions"]["io.k8s.networking.gateway.v1.Route"]["properties"]["spec"]["properties"]["open"];
    assert_eq!(open, &json!({"x-kubernetes-preserve-unknown-fields": true}));
}

/// As upstream's builder makes it: the paths of watches are those of built-in kinds alone.
#[test]
fn a_document_of_custom_kinds_is_that_of_upstreams_builder() {
    const ROOT: &str = "/apis/r.example.com/v1/namespaces/{namespace}/routes";
    let document = v3_document(&with("r.example.com", "RouteList"), "r.example.com", "v1").unwrap();
    assert_eq!(document["info"], json!({"title": "Kubernetes CRD Swagger", "version": "v0.1.0"}));
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, [ROOT, &format!("{ROOT}/{{name}}"), "/apis/r.example.com/v1/routes", &format!("{ROOT}/{{name}}/scale")]);
    let (all, one) = (&document["paths"][ROOT], &document["paths"][format!("{ROOT}/{{name}}")]);
    assert_eq!(all["delete"]["description"], "delete collection of Route");
    assert_eq!((&all["delete"]["requestBody"], &all["post"]["description"]), (&Value::Null, &json!("create a Route")));
    let taken: Vec<&String> = all["post"]["requestBody"]["content"].as_object().unwrap().keys().collect();
    assert_eq!(taken, ["application/json", "application/yaml"]);
    assert_eq!(one["get"]["parameters"][0]["name"], "resourceVersion");
    assert_eq!(one["patch"]["responses"].get("201"), None);
    let scale = &document["paths"][format!("{ROOT}/{{name}}/scale")]["get"];
    assert_eq!(scale["x-kubernetes-group-version-kind"], json!({"group": "r.example.com", "kind": "Route", "version": "v1"}));
    assert_eq!(scale["description"], "read scale of the specified Route");
    let schema = &document["components"]["schemas"]["com.example.r.v1.Route"];
    assert_eq!(schema["x-kubernetes-selectable-fields"], json!([{"fieldPath": "spec.host"}]));
    let either = json!([{"type": "integer"}, {"type": "string"}]);
    assert_eq!(schema["properties"]["spec"]["properties"]["port"]["anyOf"], either);
    let told = schema["properties"]["kind"]["description"].as_str().unwrap();
    assert!(told.starts_with("Kind is a string value"), "{told}");
}
