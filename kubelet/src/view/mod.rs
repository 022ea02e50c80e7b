//! What the kubelet reads of API objects.

mod config;
mod container;
mod node;
mod pod;
mod probe;
mod service;
mod volume;

pub use config::{ConfigMap, Secret};
pub use container::{
    Capabilities, ConfigSource, Container, ContainerPort, EnvFrom, EnvSource, EnvVar, FieldRef, KeyRef, ResourceFieldRef,
    Resources, SeccompProfile, SecurityContext, VolumeMount,
};
pub use node::{Lease, Node};
pub use pod::{DnsConfig, DnsOption, HostAlias, Named, Pod, PodMeta, PodSecurityContext, PodSpec, ReadinessGate, Sysctl};
pub use probe::{ExecAction, Handler, Header, HttpGet, IntOrString, Lifecycle, Probe, SleepAction, TcpSocket};
pub use service::{Service, ServicePort, ServiceSpec};
pub use volume::{
    ConfigVolume, DownwardFile, DownwardVolume, EmptyDir, HostPath, Item, Projected, Projection, SecretVolume, TokenProjection,
    Volume,
};
