//! The document of one group-version.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{custom, paths, schemas};
use crate::kind::{Kinds, definition_of};

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
    let mut all = schemas::collect(wanted, kinds);
    let mut all_paths = Map::new();
    for row in rows {
        if let Some(own) = &row.custom {
            all.insert(row.definition.to_string(), custom::schema(row, own));
        }
        all.extend(schemas::list(row));
        paths::add(row, &mut all_paths);
    }
    Some(json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.36.0"},
        "paths": all_paths,
        "components": {
            "schemas": all,
            "securitySchemes": {"BearerToken": {
                "type": "apiKey", "in": "header", "name": "authorization", "description": "Bearer Token authentication"}},
        },
    }))
}
