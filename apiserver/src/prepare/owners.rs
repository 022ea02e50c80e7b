//! Owners that an object names more than once.

use kontiki_api::kind::validate::Distinct;
use serde_json::Value;

use super::metadata;

/// When the owners of an object are looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// As it was sent.
    Sent,
    /// As admission left it.
    Admitted,
}

/// Drops owner references that are there already, and tells of it in upstream's words. Two that differ in anything but their
/// uid stay both.
pub(crate) fn drop_repeated_owners(object: &mut Value, seen: Seen, warnings: &mut Vec<String>) {
    let Some(owners) = metadata(object).get_mut("ownerReferences").and_then(Value::as_array_mut) else { return };
    let mut repeated = Vec::new();
    let mut known = Distinct::default();
    let mut again: Vec<bool> = Vec::with_capacity(owners.len());
    for owner in owners.iter() {
        again.push(known.repeats(owner));
        if again.last() == Some(&true) {
            repeated.push(owner["uid"].as_str().unwrap_or_default().to_owned());
        }
    }
    drop(known);
    if repeated.is_empty() {
        return;
    }
    let mut again = again.into_iter();
    owners.retain(|_| again.next() == Some(false));
    let when = if seen == Seen::Admitted { " after mutating admission happens" } else { "" };
    warnings.push(format!(
        ".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, and may reject \
         such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}",
        repeated.join(", ")
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_owners_that_are_alike_are_dropped() {
        let owner = |uid: &str, name: &str| json!({"apiVersion": "v1", "kind": "Node", "name": name, "uid": uid});
        let owners = [owner("1", "a"), owner("2", "b"), owner("1", "a"), owner("1", "c"), owner("2", "b")];
        let mut object = json!({"metadata": {"ownerReferences": owners}});
        let mut warnings = Vec::new();
        drop_repeated_owners(&mut object, Seen::Sent, &mut warnings);
        assert_eq!(object["metadata"]["ownerReferences"], json!([owner("1", "a"), owner("2", "b"), owner("1", "c")]));
        assert!(warnings[0].ends_with("duplicate UID(s) observed: 1, 2"), "{warnings:?}");
        drop_repeated_owners(&mut object, Seen::Admitted, &mut warnings);
        assert_eq!(warnings.len(), 1);
    }
}
