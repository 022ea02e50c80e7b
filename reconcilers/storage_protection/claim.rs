//! Claims are used by pods.

use kontiki_api::meta::NsName;
use kontiki_api::view::{ClaimVolume, PersistentVolumeClaim, Pod, View};
use kontiki_runtime::world::{Index, Seen, Triggers, World};

use super::Guarded;

/// Pods by the claims that hold them up, placed ones only: a kubelet starts none whose claim is going.
struct ByClaim;

impl Index for ByClaim {
    type View = Pod;
    type Key = NsName;

    fn keys(pod: &Seen<Pod>) -> Vec<NsName> {
        if pod.spec.node_name.is_empty() { Vec::new() } else { claims(pod) }
    }
}

/// The claims of a pod. Those made for it alone bear its name and that of the volume.
fn claims(pod: &Seen<Pod>) -> Vec<NsName> {
    let names = pod.spec.claims.iter().map(|claim| match claim {
        ClaimVolume::Named(name) => name.clone(),
        ClaimVolume::Ephemeral(volume) => format!("{}-{volume}", pod.name()).into(),
    });
    names.map(|name| NsName::new(pod.namespace().clone(), name)).collect()
}

impl Guarded for PersistentVolumeClaim {
    const NAME: &'static str = "persistentvolumeclaim-protection";
    const ACCOUNT: &'static str = "pvc-protection-controller";
    const FINALIZER: &'static str = "kubernetes.io/pvc-protection";

    fn users(on: &mut Triggers<NsName>) {
        on.index::<ByClaim>();
        on.mapped::<Pod>(|_, before, after| [before, after].into_iter().flatten().flat_map(claims).collect());
    }

    fn is_used(world: &World, claim: &Seen<Self>) -> Option<bool> {
        if world.indexed::<ByClaim>(&claim.ns_name()).any(|pod| uses(pod, claim)) {
            return Some(true);
        }
        world.covers(&Pod::RESOURCE.into(), claim.object.revision).then_some(false)
    }
}

/// Whether `pod`, which names `claim`, uses it: a claim of somebody else that merely bears the name of a volume of its
/// own is not its.
fn uses(pod: &Seen<Pod>, claim: &Seen<PersistentVolumeClaim>) -> bool {
    pod.spec.claims.iter().any(|volume| match volume {
        ClaimVolume::Named(name) => name == claim.name(),
        ClaimVolume::Ephemeral(_) => claim.head().controller().is_some_and(|owner| owner.uid == pod.uid()),
    })
}
