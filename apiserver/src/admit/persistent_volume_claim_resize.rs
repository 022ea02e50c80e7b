//! Which claims may grow.

use kontiki_api::meta::Key;
use kontiki_api::quantity::Quantity;
use kontiki_api::status::Status;
use serde_json::Value;

use super::fields::text;
use super::{Admission, Operation, Plugin};

/// Lets a claim grow only once it is bound, and only where its class allows it.
pub(super) struct PersistentVolumeClaimResize;

impl Plugin for PersistentVolumeClaimResize {
    fn name(&self) -> &'static str {
        "PersistentVolumeClaimResize"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "persistentvolumeclaims")]
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let updates = admission.operation == Operation::Update && admission.target.subresource.is_empty();
        let Some(old) = admission.old.filter(|_| updates && admission.is("", "persistentvolumeclaims")) else { return Ok(()) };
        if !grows(old, admission.object) {
            return Ok(());
        }
        if text(old, "/status/phase") != "Bound" {
            return Err(admission.forbidden("Only bound persistent volume claims can be expanded"));
        }
        match may_grow(admission) {
            true => Ok(()),
            false => Err(admission.forbidden(
                "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
            )),
        }
    }
}

fn grows(old: &Value, new: &Value) -> bool {
    let size = |claim: &Value| Quantity::parse(text(claim, "/spec/resources/requests/storage")).ok();
    matches!((size(old), size(new)), (Some(old), Some(new)) if new > old)
}

fn may_grow(admission: &Admission<'_>) -> bool {
    let by_annotation = text(admission.object, "/metadata/annotations/volume.beta.kubernetes.io~1storage-class");
    let name = if by_annotation.is_empty() { text(admission.object, "/spec/storageClassName") } else { by_annotation };
    let class = admission.store.get(&Key::new("storageclasses.storage.k8s.io", "", name));
    class.is_some_and(|class| class.to_value().get("allowVolumeExpansion").and_then(Value::as_bool) == Some(true))
}
