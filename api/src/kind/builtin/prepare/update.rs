//! Changes of kinds with rules of their own.

use serde_json::Value;

use super::generic;

/// Only `finalize` changes the finalizers of a namespace.
pub(super) fn namespace(new: &mut Value, old: &Value) {
    generic::update::<true, false>(new, old);
    generic::keep(new, old, "spec");
}

/// What a claim is filled from is told in both of its fields.
pub(super) fn claim(new: &mut Value, old: &Value) {
    generic::update::<true, false>(new, old);
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
