//! Pods: their specs wherever these are, and what may change of a pod that runs.

mod annotations;
mod ended;
mod ephemeral;
mod placement;
mod resize;
mod spec;
mod status;
mod template;
mod update;
mod windows;

pub(super) use ephemeral::ephemeral_containers;
pub(super) use placement::{
    label_requirement, node_selector_term, pod_affinity_term, toleration, topology_spread, topology_terms,
};
pub(super) use resize::resize;
pub(super) use spec::{create, dns_config, pod, spec};
pub(super) use status::status;
pub(super) use template::template;
pub(super) use update::pod as update;
