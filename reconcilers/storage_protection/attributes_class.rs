//! Classes of attributes are used by volumes and claims that name them.

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::view::{PersistentVolume, PersistentVolumeClaim, View, VolumeAttributesClass};
use kontiki_runtime::world::{Index, Seen, Triggers, World};

use super::Guarded;

/// Claims by the classes they want, have, or are on their way to.
struct ClaimsByClass;

impl Index for ClaimsByClass {
    type View = PersistentVolumeClaim;
    type Key = Text;

    fn keys(claim: &Seen<PersistentVolumeClaim>) -> Vec<Text> {
        claim.attributes_classes().cloned().collect()
    }
}

/// Volumes by the class they were given.
struct VolumesByClass;

impl Index for VolumesByClass {
    type View = PersistentVolume;
    type Key = Text;

    fn keys(volume: &Seen<PersistentVolume>) -> Vec<Text> {
        volume.spec.volume_attributes_class_name.iter().filter(|name| !name.is_empty()).cloned().collect()
    }
}

/// The classes of these names.
fn named(names: Vec<Text>) -> Vec<NsName> {
    names.into_iter().map(|name| NsName::new("", name)).collect()
}

impl Guarded for VolumeAttributesClass {
    const NAME: &'static str = "volumeattributesclass-protection";
    const ACCOUNT: &'static str = "volumeattributesclass-protection-controller";
    const FINALIZER: &'static str = "kubernetes.io/vac-protection";

    fn users(on: &mut Triggers<NsName>) {
        on.index::<ClaimsByClass>();
        on.index::<VolumesByClass>();
        on.mapped::<PersistentVolumeClaim>(|_, before, after| {
            [before, after].into_iter().flatten().flat_map(|claim| named(ClaimsByClass::keys(claim))).collect()
        });
        on.mapped::<PersistentVolume>(|_, before, after| {
            [before, after].into_iter().flatten().flat_map(|volume| named(VolumesByClass::keys(volume))).collect()
        });
    }

    fn is_used(world: &World, class: &Seen<Self>) -> Option<bool> {
        let name = class.name();
        if world.indexed::<ClaimsByClass>(name).next().is_some() || world.indexed::<VolumesByClass>(name).next().is_some() {
            return Some(true);
        }
        let known = |resource: &'static str| world.covers(&resource.into(), class.object.revision);
        (known(PersistentVolumeClaim::RESOURCE) && known(PersistentVolume::RESOURCE)).then_some(false)
    }
}
