//! Volumes are used by the claims that they are bound to.

use kontiki_api::meta::NsName;
use kontiki_api::view::PersistentVolume;
use kontiki_runtime::world::{Seen, Triggers, World};

use super::Guarded;

impl Guarded for PersistentVolume {
    const NAME: &'static str = "persistentvolume-protection";
    const ACCOUNT: &'static str = "pv-protection-controller";
    const FINALIZER: &'static str = "kubernetes.io/pv-protection";

    fn users(_: &mut Triggers<NsName>) {}

    fn is_used(_: &World, volume: &Seen<Self>) -> Option<bool> {
        Some(&*volume.status.phase == "Bound")
    }
}
