//! The port to whatever runs containers, and its implementations.

mod container_runtime;
mod docker;
mod error;
mod exec;
mod simulated;
mod types;

pub use container_runtime::ContainerRuntime;
pub use docker::Docker;
pub use error::RuntimeError;
pub use exec::{ExecOutput, ExecRequest, ExecSession, Resize};
pub use simulated::SimulatedRuntime;
pub use types::{
    ContainerConfig, ContainerInfo, ImageInfo, Limits, LogChunk, LogOptions, Mount, Namespace, Phase, Program, RuntimeEvent,
    RuntimeVersion, Seccomp, StdStream,
};
