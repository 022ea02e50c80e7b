//! Changes of kinds with rules of their own.

use serde_json::Value;

use super::generic;
use crate::time::Time;

/// Only `finalize` changes the finalizers of a namespace.
pub(super) fn namespace(new: &mut Value, old: &Value) {
    generic::update::<true, false>(new, old);
    generic::keep(new, old, "spec");
}

/// What a claim is filled from is told in both of its fields.
pub(super) fn claim(new: &mut Value, old: &Value) {
    generic::update::<true, false>(new, old);
    if ["dataSource", "dataSourceRef"].iter().all(|field| old["spec"].get(field).is_none()) {
        super::create::drop_odd_source(new);
    }
    super::create::data_sources(new);
}

/// Secrets are named, and nothing else is said of them.
pub(super) fn service_account(new: &mut Value, old: &Value) {
    generic::update::<false, false>(new, old);
    super::create::secret_names(new);
}

/// Objects may be stored in a further version from now on.
pub(super) fn definition(new: &mut Value, old: &Value) {
    generic::update::<true, true>(new, old);
    super::stored_versions(new);
}

/// A change of annotations counts as well: they are copied to the ReplicaSets.
pub(super) fn deployment(new: &mut Value, old: &Value) {
    generic::keep(new, old, "status");
    let same = generic::wants_the_same(new, old) && new["metadata"].get("annotations") == old["metadata"].get("annotations");
    generic::count(new, old, same);
}

/// What is asked for never changes; the answer is written through subresources.
pub(super) fn certificate_signing_request(new: &mut Value, old: &Value) {
    generic::keep(new, old, "status");
    generic::keep(new, old, "spec");
}

/// A change of labels counts as well.
pub(super) fn endpoint_slice(new: &mut Value, old: &Value) {
    let same = generic::wants_the_same(new, old) && new["metadata"].get("labels") == old["metadata"].get("labels");
    generic::count(new, old, same);
}

/// Who signs does not decide: what was approved and denied stays as it was, unless there is more or less of it, which the checks
/// refuse.
pub(in crate::kind::builtin) fn signing_request_status(new: &mut Value, old: &Value, _: Time) {
    let Some(conditions) = new.pointer_mut("/status/conditions").and_then(Value::as_array_mut) else { return };
    for kind in ["Approved", "Denied"] {
        let is_one = |condition: &&Value| condition["type"] == kind;
        let before = old.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten().filter(is_one);
        if before.clone().count() == conditions.iter().filter(is_one).count() {
            let now = conditions.iter_mut().filter(|condition| condition["type"] == kind);
            now.zip(before).for_each(|(now, before)| *now = before.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_signer_leaves_decisions_as_they_were() {
        let request = |conditions: Value| json!({"status": {"conditions": conditions}});
        let approved = |by: &str| json!({"type": "Approved", "status": "True", "reason": by});
        let failed = json!({"type": "Failed", "status": "True"});
        let old = request(json!([approved("admin")]));
        let mut new = request(json!([failed, approved("signer")]));
        signing_request_status(&mut new, &old, Time::default());
        assert_eq!(new, request(json!([failed, approved("admin")])));
        let mut more = request(json!([approved("signer"), approved("again")]));
        let kept = more.clone();
        signing_request_status(&mut more, &old, Time::default());
        assert_eq!(more, kept, "the checks see that there is one more");
    }
}
