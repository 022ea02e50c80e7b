//! What probes found.

use kontiki_api::Text;
use kontiki_runtime::observe::Observed;
use serde::{Deserialize, Serialize};

use crate::pod_key::PodKey;

/// Which of a container's probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProbeKind {
    /// Has it started?
    Startup,
    /// Must it be restarted?
    Liveness,
    /// May it get traffic?
    Readiness,
}

impl ProbeKind {
    /// As upstream's events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        }
    }
}

/// One probe of one run of a container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProbeKey {
    /// The pod.
    pub pod: PodKey,
    /// The container's id, with its scheme.
    pub container: Text,
    /// Which probe.
    pub kind: ProbeKind,
}

/// The verdict of a probe so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeResult {
    /// The verdict after thresholds; `None` while there is none.
    pub passing: Option<bool>,
    /// Failed tries so far, all together.
    pub failures: u32,
    /// What the last failed try said; empty before.
    pub message: String,
}

impl Observed for ProbeResult {
    type Key = ProbeKey;
    const NAME: &'static str = "ProbeResult";
}
