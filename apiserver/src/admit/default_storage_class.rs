//! Claims without a class get the default one.

use async_trait::async_trait;
use kontiki_api::meta::Resource;
use kontiki_api::status::Status;
use kontiki_store::Range;

use super::fields::{spec, text};
use super::{Admission, Plugin};

const IS_DEFAULT: &str = "/metadata/annotations/storageclass.kubernetes.io~1is-default-class";
const WAS_DEFAULT: &str = "/metadata/annotations/storageclass.beta.kubernetes.io~1is-default-class";

/// Sets `spec.storageClassName` of new claims that have none to the newest default class.
pub(super) struct DefaultStorageClass;

#[async_trait]
impl Plugin for DefaultStorageClass {
    fn name(&self) -> &'static str {
        "DefaultStorageClass"
    }

    async fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let chosen = admission.object.pointer("/spec/storageClassName").is_some_and(|class| !class.is_null())
            || admission.object.pointer("/metadata/annotations/volume.beta.kubernetes.io~1storage-class").is_some();
        if !admission.creates("", "persistentvolumeclaims") || chosen {
            return Ok(());
        }
        let classes = admission.store.list(&Range::Resource(Resource::from("storageclasses.storage.k8s.io"))).objects;
        let default = classes.into_iter().filter(|class| {
            let class = class.to_value();
            text(&class, IS_DEFAULT) == "true" || text(&class, WAS_DEFAULT) == "true"
        });
        // Of classes equally old, the first by name, as upstream.
        let newest = default.min_by_key(|class| (std::cmp::Reverse(class.head.created), class.key.name.clone()));
        if let (Some(class), Some(spec)) = (newest, spec(admission.object)) {
            spec.insert("storageClassName".into(), (&*class.key.name).into());
        }
        Ok(())
    }
}
