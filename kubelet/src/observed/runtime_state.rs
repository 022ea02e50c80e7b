//! The container runtime itself.

use kontiki_api::Text;
use kontiki_runtime::observe::Observed;
use serde::{Deserialize, Serialize};

/// Whether the container runtime answers. Until it has told what it holds there is no observation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuntimeState {
    /// It answers, and all it holds is in the World.
    Up {
        /// Its name and version: `docker://20.10.24`.
        version: Text,
    },
    /// It does not answer.
    Down {
        /// Why, for people.
        message: Text,
    },
}

impl Observed for RuntimeState {
    type Key = ();
    const NAME: &'static str = "RuntimeState";
}
