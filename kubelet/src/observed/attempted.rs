//! Effects that failed.

use kontiki_api::time::Time;
use kontiki_runtime::observe::Observed;
use serde::{Deserialize, Serialize};

use crate::effect::EffectKey;

/// The last failure of an effect; gone when a later attempt succeeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempted {
    /// Why, in the words of who refused.
    pub error: String,
    /// When.
    pub at: Time,
    /// How many attempts failed in a row.
    pub attempts: u32,
}

impl Observed for Attempted {
    type Key = EffectKey;
    const NAME: &'static str = "Attempted";
}
