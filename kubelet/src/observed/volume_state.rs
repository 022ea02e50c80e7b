//! Volumes of pods.

use kontiki_api::Text;
use kontiki_api::time::Time;
use kontiki_runtime::observe::Observed;
use serde::{Deserialize, Serialize};

use crate::pod_key::PodKey;

/// One volume of one pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VolumeKey {
    /// The pod.
    pub pod: PodKey,
    /// The volume's name in the pod's spec.
    pub name: Text,
}

/// A volume with tokens: they must be written anew in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeState {
    /// When.
    pub refresh_at: Time,
    /// How many times they were written.
    pub generation: u32,
}

impl Observed for VolumeState {
    type Key = VolumeKey;
    const NAME: &'static str = "VolumeState";
}
