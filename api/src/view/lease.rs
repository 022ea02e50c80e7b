//! `coordination.k8s.io/v1 Lease`.

use serde::Deserialize;

use super::View;
use crate::Text;
use crate::time::Time;

/// What is read of a Lease.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lease {
    /// Who holds it, since when.
    pub spec: LeaseSpec,
}

/// Who holds a Lease, since when.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LeaseSpec {
    /// The holder; empty for none.
    pub holder_identity: Option<Text>,
    /// Seconds it is good for.
    pub lease_duration_seconds: Option<i32>,
    /// When the holder last renewed it, by its own clock.
    pub renew_time: Option<Time>,
}

impl View for Lease {
    const RESOURCE: &'static str = "leases.coordination.k8s.io";
    const API_VERSION: &'static str = "coordination.k8s.io/v1";
    const KIND: &'static str = "Lease";
}
