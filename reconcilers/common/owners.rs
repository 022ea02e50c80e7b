//! Owner references as JSON.

use kontiki_api::meta::OwnerRef;
use kontiki_api::view::View;
use kontiki_runtime::world::Seen;
use serde_json::{Value, json};

/// The reference by which `owner` manages another object.
pub(crate) fn controller_ref<V: View>(owner: &Seen<V>) -> Value {
    json!({
        "apiVersion": V::API_VERSION, "kind": V::KIND, "name": owner.name(), "uid": owner.head().uid,
        "controller": true, "blockOwnerDeletion": true,
    })
}

/// `owners` as they stand in `metadata.ownerReferences`; `null`, which removes the field, where there is none.
pub(crate) fn owner_refs<'a>(owners: impl Iterator<Item = &'a OwnerRef>) -> Value {
    let list: Vec<Value> = owners.map(owner_ref).collect();
    if list.is_empty() { Value::Null } else { list.into() }
}

fn owner_ref(owner: &OwnerRef) -> Value {
    let mut value = json!({ "apiVersion": owner.api_version, "kind": owner.kind, "name": owner.name, "uid": owner.uid });
    if owner.controller {
        value["controller"] = true.into();
    }
    if owner.block_owner_deletion {
        value["blockOwnerDeletion"] = true.into();
    }
    value
}
