//! `networking.k8s.io/v1 ServiceCIDR`.

use serde::Deserialize;

use super::{Condition, View};
use crate::Text;

/// What is read of a ServiceCIDR.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceCidr {
    /// What it adds.
    pub spec: ServiceCidrSpec,
    /// Where it stands.
    pub status: ServiceCidrStatus,
}

/// What a ServiceCIDR adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceCidrSpec {
    /// Its ranges, one per address family, such as `10.96.0.0/12`.
    pub cidrs: Vec<Text>,
}

/// Where a ServiceCIDR stands.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceCidrStatus {
    /// Conditions.
    pub conditions: Vec<Condition>,
}

impl View for ServiceCidr {
    const RESOURCE: &'static str = "servicecidrs.networking.k8s.io";
    const API_VERSION: &'static str = "networking.k8s.io/v1";
    const KIND: &'static str = "ServiceCIDR";
}
