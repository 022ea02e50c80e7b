//! Claims without a class get the default one.

use kontiki_api::status::Status;

use super::default_class::default_class;
use super::fields::spec;
use super::{Admission, Plugin};

const IS_DEFAULT: &str = "/metadata/annotations/storageclass.kubernetes.io~1is-default-class";
const WAS_DEFAULT: &str = "/metadata/annotations/storageclass.beta.kubernetes.io~1is-default-class";

/// Sets `spec.storageClassName` of new claims that have none to the newest default class.
pub(super) struct DefaultStorageClass;

impl Plugin for DefaultStorageClass {
    fn name(&self) -> &'static str {
        "DefaultStorageClass"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "persistentvolumeclaims")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let chosen = admission.object.pointer("/spec/storageClassName").is_some_and(|class| !class.is_null())
            || admission.object.pointer("/metadata/annotations/volume.beta.kubernetes.io~1storage-class").is_some();
        if !admission.creates("", "persistentvolumeclaims") || chosen {
            return Ok(());
        }
        let newest = default_class(admission.store, "storageclasses.storage.k8s.io", &[IS_DEFAULT, WAS_DEFAULT]);
        if let (Some(class), Some(spec)) = (newest, spec(admission.object)) {
            spec.insert("storageClassName".into(), (&*class).into());
        }
        Ok(())
    }
}
