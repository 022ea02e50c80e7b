//! The document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::operation::item;
use super::schema::convert;
use crate::kind::{Kinds, definition_of};
use crate::openapi::content;
use crate::openapi::definitions::{INFO, collect, of_custom};
use crate::openapi::paths;
use crate::openapi::shape::group_word;

/// The OpenAPI v2 document of all kinds: some four megabytes; keep its text, not this value.
pub fn v2_document(kinds: &Kinds) -> Value {
    let mut wanted = BTreeSet::from([INFO.to_owned()]);
    let mut all_paths = beside(kinds);
    for place in kinds.iter().flat_map(|row| paths::of(row)) {
        for action in &place.actions {
            wanted.extend(content::answer(place.shape, *action));
            wanted.extend(content::body(place.shape, *action).map(|body| body.definition));
        }
        all_paths.insert(place.path.clone(), item(&place));
    }
    wanted.extend(
        ["APIGroup", "APIGroupList", "APIResourceList", "APIVersions"].map(|kind| definition_of("meta.k8s.io", "v1", kind)),
    );
    all_paths.sort_keys();
    json!({
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": "v1.36.0"},
        "paths": all_paths,
        "definitions": collect(wanted, kinds, convert),
        "securityDefinitions": {"BearerToken": {
            "description": "Bearer Token authentication", "type": "apiKey", "name": "authorization", "in": "header"}},
        "security": [{"BearerToken": []}],
    })
}

/// The paths and definitions that custom kinds of `group` add to the document of all others, which has what they refer to.
pub fn v2_group(kinds: &Kinds, group: &str) -> Value {
    let rows = kinds.in_group(group);
    let mut all_paths = Map::new();
    all_paths.extend(rows.iter().flat_map(|row| paths::of(row)).map(|place| (place.path.clone(), item(&place))));
    json!({"paths": all_paths, "definitions": of_custom(rows, convert)})
}

/// The paths that are no resources: discovery, version, and the keys of service accounts.
fn beside(kinds: &Kinds) -> Map<String, Value> {
    let meta = |kind: &str| Some(definition_of("meta.k8s.io", "v1", kind));
    let mut paths = Map::new();
    let mut add = |path: String, id: String, tag: String, answer| drop(paths.insert(path, document(&id, &tag, answer)));
    add("/api/".into(), "getCoreAPIVersions".into(), "core".into(), meta("APIVersions"));
    add("/apis/".into(), "getAPIVersions".into(), "apis".into(), meta("APIGroupList"));
    add("/version/".into(), "getCodeVersion".into(), "version".into(), Some(INFO.into()));
    add("/openid/v1/jwks/".into(), "getServiceAccountIssuerOpenIDKeyset".into(), "openid".into(), None);
    let configuration = "getServiceAccountIssuerOpenIDConfiguration".to_owned();
    add("/.well-known/openid-configuration/".into(), configuration, "WellKnown".into(), None);
    // Upstream does not tell of the discovery of custom kinds.
    let built_in = kinds.iter().filter(|row| row.custom.is_none());
    let places: BTreeSet<(&str, &str)> = built_in.map(|row| (&*row.group, &*row.version)).collect();
    for (group, version) in places {
        of_version(group, version, &mut |path, item| drop(paths.insert(path, item)));
    }
    paths
}

/// The paths of the discovery of a group and of one version of it.
fn of_version(group: &str, version: &str, add: &mut dyn FnMut(String, Value)) {
    let meta = |kind: &str| Some(definition_of("meta.k8s.io", "v1", kind));
    let (word, tag) = (group_word(group, true), group_word(group, false));
    let root = if group.is_empty() { "/api/".to_owned() } else { format!("/apis/{group}/") };
    let (id, of_version) = (format!("get{word}{}APIResources", version.to_ascii_uppercase()), format!("{tag}_{version}"));
    add(format!("{root}{version}/"), document(&id, &of_version, meta("APIResourceList")));
    if !group.is_empty() {
        add(root, document(&format!("get{word}APIGroup"), &tag, meta("APIGroup")));
    }
}

fn document(id: &str, tag: &str, answer: Option<String>) -> Value {
    let media = if tag == "openid" { "application/jwk-set+json" } else { "application/json" };
    let schema = answer.map_or_else(|| json!({"type": "string"}), |name| super::schema::reference(&name));
    json!({"get": {
        "description": "What the server offers there.",
        "operationId": id,
        "produces": [media],
        "responses": {"200": {"description": "OK", "schema": schema}, "401": {"description": "Unauthorized"}},
        "schemes": ["https"],
        "tags": [tag],
    }})
}
