//! CustomResourceDefinitions: a schema is checked and compiled, and an object is completed, pruned and checked by it.
#![no_main]

use std::sync::Arc;

use kontiki_api::custom::{Crd, DEFINITIONS, storage_row};
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Draft;
use kontiki_fuzz::{deployment, in_time, kinds};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    let Ok(schema) = serde_json::from_slice::<Value>(data) else { return };
    let Some(kind) = kinds().get("apiextensions.k8s.io", "v1", "customresourcedefinitions") else { return };
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}}});
    let mut definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "xs.example.com"}, "spec": {"group": "example.com", "scope": "Namespaced",
        "names": {"plural": "xs", "singular": "x", "kind": "X", "listKind": "XList"}, "versions": [version]}});
    kind.default(&mut definition);
    if !in_time(|| kind.validate_create(&definition, &[])).is_empty() {
        return;
    }
    let stored = Draft::new(Key::new(DEFINITIONS, "", "xs.example.com"), definition, &[]).at(Revision(1));
    let Some(row) = Crd::read(&stored, None).ok().and_then(|crd| storage_row(&Arc::new(crd))) else { return };
    let mut object = deployment().clone();
    in_time(|| row.default(&mut object));
    in_time(|| drop(row.validate_create(&object, &[])));
    in_time(|| drop(row.validate_update(deployment(), &object, &mut Vec::new())));
});
