//! What is seen of this node: the observed kinds of the kubelet's World.

mod attempted;
mod container_state;
mod image_state;
mod pod_folder;
mod probe_result;
mod runtime_state;
mod sandbox_state;
mod volume_state;

pub use attempted::Attempted;
pub use container_state::{ContainerKey, ContainerState};
pub use image_state::{ImageState, image_key};
pub use pod_folder::PodFolder;
pub use probe_result::{ProbeKey, ProbeKind, ProbeResult};
pub use runtime_state::RuntimeState;
pub use sandbox_state::{SandboxKey, SandboxState};
pub use volume_state::{VolumeKey, VolumeState};
