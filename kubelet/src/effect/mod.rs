//! What the kubelet does outside the API.

mod container_spec;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod effect;
mod hidden;
mod probe_spec;
mod sandbox_spec;
mod volume_spec;

pub use container_spec::{ContainerSpec, MountSpec, Termination};
pub use effect::{Act, Doing, EffectKey, PodEffect};
pub use hidden::Hidden;
pub use probe_spec::ProbeSpec;
pub use sandbox_spec::{Dns, SandboxSpec};
pub use volume_spec::{FileContent, VolumeFile, VolumeSource, VolumeSpec};
