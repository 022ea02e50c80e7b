//! From client-side to server-side apply: what a client must change in an object's entries.

use serde_json::Value;

use super::entries::Entries;
use super::entry::{Entry, Operation};

/// Gives what `from` owns by updates of `object` to the applier `to`, so that it may remove what it no longer
/// applies. Whether that changed anything.
pub fn upgrade(object: &mut Value, from: &str, to: &str) -> bool {
    let mut entries = Entries::of(object);
    let mut given: Vec<Entry> = Vec::new();
    entries.0.retain(|entry| {
        let is_from = entry.manager == from && entry.operation == Operation::Update && entry.subresource.is_empty();
        if is_from {
            given.push(entry.clone());
        }
        !is_from
    });
    let Some(mut last) = given.pop() else { return false };
    let mut applier = Entry::new(to, Operation::Apply, &last.api_version.clone(), "", last.set().clone());
    applier.time = last.time;
    if let Some(mut known) = entries.take_same(&applier) {
        applier.set().add(known.set());
        applier.api_version = known.api_version;
        applier.time = known.time;
    }
    for mut entry in given {
        if entry.api_version == applier.api_version {
            applier.set().add(entry.set());
        }
    }
    entries.0.push(applier);
    entries.write(object);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_applier_inherits_what_the_client_applied() {
        let entry = |manager: &str, operation: &str, field: &str| json!({"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {field: {}}});
        let mut object = json!({"metadata": {"managedFields": [
            entry("kubectl", "Apply", "f:a"), entry("kubectl-client-side-apply", "Update", "f:b"), entry("hpa", "Update", "f:c")]}});
        assert!(upgrade(&mut object, "kubectl-client-side-apply", "kubectl"));
        let mut joined = entry("kubectl", "Apply", "f:a");
        joined["fieldsV1"]["f:b"] = json!({});
        assert_eq!(object["metadata"]["managedFields"], json!([joined, entry("hpa", "Update", "f:c")]));
        assert!(!upgrade(&mut object, "kubectl-client-side-apply", "kubectl"));
    }
}
