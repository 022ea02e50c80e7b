//! Folders of pods.

use kontiki_runtime::observe::Observed;
use serde::{Deserialize, Serialize};

use crate::pod_key::PodKey;

/// The node has a folder with the volumes and files of this pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodFolder;

impl Observed for PodFolder {
    type Key = PodKey;
    const NAME: &'static str = "PodFolder";
}
