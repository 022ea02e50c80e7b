//! Services and what leads to them: addresses, endpoints, ingresses, policies.

mod addresses;
mod endpoints;
mod ingress;
mod ip;
mod policy;
mod service;
mod service_update;

pub(super) use addresses::{ip_address, service_cidr, service_cidr_update};
pub(super) use endpoints::{address as endpoint_address, port as endpoint_port, slice, subset};
pub(super) use ingress::{backend, ingress, ingress_class, ingress_create, ingress_path, ingress_rule, ingress_status};
pub(super) use policy::{ip_block, network_policy, peer, policy_port};
pub(super) use service::service;
pub(super) use service_update::{service_status, service_update};
