//! What masters serve beside Kubernetes' API: `/kontiki/v1/…`, the cluster's members.

mod api;
mod serve;

pub use api::{Asked, ClusterApi};
pub(crate) use serve::{PREFIX, serve};
