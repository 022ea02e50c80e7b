//! One folder per reconciler, the scheduler among them.
//!
//! This crate promises: every reconciler is a pure function from the World to a plan. It knows no
//! clock, no randomness and no I/O; what a pass may know is in its arguments.

use std::io::{BufRead, Read};

use kontiki_api::view::{PersistentVolume, PersistentVolumeClaim, ReplicaSet, ReplicationController, VolumeAttributesClass};
use kontiki_runtime::engine::EngineBuilder;
use kontiki_runtime::record::{self, Divergence, Summary};

pub mod cluster_role_aggregation;
mod common;
pub mod deployment;
pub mod endpoint_slice;
pub mod endpoint_slice_mirroring;
pub mod endpoints;
pub mod event_ttl;
pub mod garbage_collector;
pub mod ip_address;
pub mod namespace;
pub mod node_lifecycle;
pub mod pod_gc;
mod registered;
#[cfg(test)]
mod replays;
pub mod replica_set;
pub mod resource_quota;
pub mod root_ca;
#[cfg(test)]
mod scenes;
pub mod scheduler;
pub mod service_account;
pub mod service_cidr;
pub mod storage_protection;
#[cfg(test)]
mod suites;
pub mod token;

pub use registered::{Each, Registered, Setup};
use registered::{Register, Replay};

/// Every reconciler but the scheduler, one line each.
pub fn controllers<E: Each>(each: E) -> E {
    each.with::<namespace::Namespaces>()
        .with::<service_account::DefaultServiceAccount>()
        .with::<token::Tokens>()
        .with::<root_ca::RootCa>()
        .with::<replica_set::Replicas<ReplicationController>>()
        .with::<replica_set::Replicas<ReplicaSet>>()
        .with::<deployment::Deployments>()
        .with::<endpoints::EndpointsReconciler>()
        .with::<endpoint_slice::EndpointSlices>()
        .with::<endpoint_slice_mirroring::EndpointSliceMirroring>()
        .with::<node_lifecycle::NodeLifecycle>()
        .with::<pod_gc::PodGc>()
        .with::<event_ttl::EventTtl>()
        .with::<garbage_collector::GarbageCollector>()
        .with::<cluster_role_aggregation::ClusterRoleAggregation>()
        .with::<resource_quota::ResourceQuotas>()
        .with::<storage_protection::Protection<PersistentVolumeClaim>>()
        .with::<storage_protection::Protection<PersistentVolume>>()
        .with::<storage_protection::Protection<VolumeAttributesClass>>()
        .with::<service_cidr::ServiceCidrs>()
        .with::<ip_address::IpAddresses>()
}

/// Every reconciler, the scheduler among them.
pub fn all<E: Each>(each: E) -> E {
    controllers(each).with::<scheduler::Scheduler>()
}

/// `builder` with every reconciler but the scheduler.
#[must_use]
pub fn register_controllers(builder: EngineBuilder, setup: &Setup) -> EngineBuilder {
    controllers(Register { builder, setup }).builder
}

/// `builder` with the scheduler, which wants an engine of its own: its overlay of bindings under way is laid once.
#[must_use]
pub fn register_scheduler(builder: EngineBuilder, setup: &Setup) -> EngineBuilder {
    Register { builder, setup }.with::<scheduler::Scheduler>().builder
}

/// Runs a recording again, with the reconcilers set up as they were then.
///
/// # Errors
/// The first plan that differs, or why the recording does not read.
pub fn replay(mut recording: impl BufRead) -> Result<Summary, Divergence> {
    let mut first = String::new();
    recording.read_line(&mut first).map_err(Divergence::Read)?;
    let setup = Setup::recorded(&record::setup(&first)?);
    let registry = all(Replay { registry: record::Registry::default(), setup: &setup }).registry;
    record::replay(first.as_bytes().chain(recording), &registry)
}
