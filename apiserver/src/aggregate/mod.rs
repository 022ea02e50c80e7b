//! Aggregation: groups that other servers serve, shown as our own.
//!
//! Follows upstream's kube-aggregator: an APIService that names a Service hands its group and version to the
//! server behind it, once that has been found to answer; who asks is told in headers, under a certificate of the
//! front proxy's authority.

mod aggregator;
mod api_service;
mod availability;
mod discovered;
mod follow;
mod hand_on;
mod local;
mod merge;
mod openapi_v2;
#[cfg(test)]
mod tests;

pub(crate) use aggregator::Aggregator;
pub(crate) use api_service::ApiService;
pub use follow::follow;
pub(crate) use hand_on::{hand_on, openapi_v3_of};
pub(crate) use local::api_services;
pub(crate) use merge::{merge_aggregated, merge_groups, merge_openapi_v3, remote_group};
pub(crate) use openapi_v2::{Part, merge_openapi_v2, parts};
