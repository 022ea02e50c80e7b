//! Storage that is in use is not to vanish.

use kontiki_api::status::Status;
use serde_json::Value;

use super::fields::list;
use super::{Admission, Plugin};

/// Group, collection, and the finalizer that new objects of it get.
const PROTECTED: [(&str, &str, &str); 3] = [
    ("", "persistentvolumeclaims", "kubernetes.io/pvc-protection"),
    ("", "persistentvolumes", "kubernetes.io/pv-protection"),
    ("storage.k8s.io", "volumeattributesclasses", "kubernetes.io/vac-protection"),
];

/// Gives new claims, volumes and classes of attributes the finalizer that holds them while they are in use; the
/// protection controllers take it off.
pub(super) struct StorageObjectInUseProtection;

impl Plugin for StorageObjectInUseProtection {
    fn name(&self) -> &'static str {
        "StorageObjectInUseProtection"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "persistentvolumeclaims"), ("", "persistentvolumes"), ("storage.k8s.io", "volumeattributesclasses")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let own = PROTECTED.iter().find(|(group, plural, _)| admission.creates(group, plural));
        let Some((_, _, finalizer)) = own else { return Ok(()) };
        let meta = admission.object.get_mut("metadata").and_then(Value::as_object_mut);
        if let Some(finalizers) = meta.and_then(|meta| list(meta, "finalizers"))
            && !finalizers.iter().any(|own| own == finalizer)
        {
            finalizers.push((*finalizer).into());
        }
        Ok(())
    }
}
