//! How a container is probed.

use kontiki_api::Text;
use kontiki_api::time::Time;
use serde::{Deserialize, Serialize};

use crate::view::Probe;

/// How a container is probed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeSpec {
    /// The container, with its scheme.
    pub container: Text,
    /// The probe as the spec writes it.
    pub probe: Probe,
    /// The pod's address.
    pub ip: Text,
    /// Named ports of the container.
    pub ports: Vec<(Text, u16)>,
    /// When the container started: the initial delay counts from then.
    pub started: Time,
}
