//! Templates of pods.

use serde_json::Value;

use super::super::list;
use super::annotations;
use crate::kind::validate::{self, Faults, Path};

/// `core.v1.PodTemplateSpec`. Upstream tells faults of its labels beside `metadata`.
pub(in super::super) fn template(template: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (meta, spec) = (&template["metadata"], &template["spec"]);
    let field = path.child("annotations");
    validate::labels(meta.get("labels"), &path.child("labels"), faults);
    validate::annotations(meta.get("annotations"), &field, faults);
    annotations::check(&meta["annotations"], spec, &field, faults);
    annotations::agree(&meta["annotations"], spec, &path.child("spec"), faults);
    if !list(spec, "ephemeralContainers").is_empty() {
        let spec = path.child("spec");
        faults.forbidden(&spec.child("ephemeralContainers"), "ephemeral containers not allowed in pod template");
    }
}
