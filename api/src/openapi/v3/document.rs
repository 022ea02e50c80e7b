//! The document of one group-version.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::operation::item;
use super::schema::convert;
use crate::kind::{Kinds, definition_of};
use crate::openapi::definitions::{collect, list_definition, watch_event};
use crate::openapi::paths;
use crate::request::Verb;

/// The OpenAPI v3 document of `group`/`version`; `None` where no row is served there. About a
/// megabyte for the core group: answer with its text and forget it.
pub fn v3_document(kinds: &Kinds, group: &str, version: &str) -> Option<Value> {
    let rows = kinds.in_version(group, version);
    if rows.is_empty() {
        return None;
    }
    let mut wanted: BTreeSet<String> = rows.iter().map(|row| row.definition.to_string()).collect();
    for sub in rows.iter().flat_map(|row| &row.subresources) {
        wanted.insert(definition_of(&sub.group, &sub.version, &sub.kind));
    }
    for kind in ["DeleteOptions", "ListMeta", "ObjectMeta", "Patch", "Status"] {
        wanted.insert(definition_of("meta.k8s.io", "v1", kind));
    }
    // A document of custom kinds alone is made by another part of upstream's server.
    let custom = rows.iter().all(|row| row.custom.is_some());
    if !custom {
        wanted.insert(watch_event());
    }
    wanted.extend(rows.iter().filter(|row| row.verbs.contains(&Verb::List)).map(|row| list_definition(row)));
    let all_paths: Map<String, Value> =
        rows.iter().flat_map(|row| paths::of(row)).map(|place| (place.path.clone(), item(&place))).collect();
    let info = match custom {
        true => json!({"title": "Kubernetes CRD Swagger", "version": "v0.1.0"}),
        false => json!({"title": "Kubernetes", "version": "v1.36.0"}),
    };
    let mut components = json!({"schemas": collect(wanted, kinds, convert)});
    if !custom {
        components["securitySchemes"] = json!({"BearerToken": {
            "type": "apiKey", "in": "header", "name": "authorization", "description": "Bearer Token authentication"}});
    }
    Some(json!({"openapi": "3.0.0", "info": info, "paths": all_paths, "components": components}))
}
