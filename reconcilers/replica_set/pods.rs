//! Pods made from a template.

use kontiki_api::view::View;
use kontiki_runtime::plan::Intent;
use kontiki_runtime::reconciler::Seed;
use kontiki_runtime::world::Seen;
use serde_json::{Map, Value, json};

use crate::common::names::generated;
use crate::common::owners::controller_ref;

/// The `nth` new pod of `owner` in a pass, and its name.
pub(super) fn new_pod<V: View>(owner: &Seen<V>, template: &Value, seed: Seed, nth: usize) -> (Intent, String) {
    let prefix = format!("{}-", owner.name());
    let name = generated(owner.name(), seed, &owner.uid(), nth);
    let mut metadata = Map::new();
    metadata.insert("generateName".into(), json!(prefix));
    metadata.insert("name".into(), json!(name));
    metadata.insert("namespace".into(), json!(owner.namespace()));
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.pointer(&format!("/metadata/{field}")).filter(|value| !value.is_null()) {
            metadata.insert(field.into(), value.clone());
        }
    }
    metadata.insert("ownerReferences".into(), json!([controller_ref(owner)]));
    let spec = template.get("spec").cloned().unwrap_or_else(|| json!({}));
    (Intent::Create { object: json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec }) }, name)
}
