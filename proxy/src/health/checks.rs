//! What is answered at which port.

use std::collections::BTreeMap;

use kontiki_runtime::effect::Effect;
use serde::{Deserialize, Serialize};

/// The answer of one port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// Namespace of the Service.
    pub namespace: String,
    /// Name of the Service.
    pub service: String,
    /// How many of its ready endpoints are on this node.
    pub local_endpoints: usize,
}

/// All health-check ports of the node: one effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthChecks {
    /// By port.
    pub ports: BTreeMap<u16, HealthCheck>,
}

impl Effect for HealthChecks {
    type Key = ();

    fn key(&self) -> Self::Key {}
}
