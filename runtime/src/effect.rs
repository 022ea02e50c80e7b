//! Effects: acts outside the API, planned by reconcilers and done behind a port.

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An act outside the API. A plan lists the effects it wants to exist; listing one again is
/// nothing, omitting it cancels it. Two effects are the same where their keys are equal; one with
/// the same key and another content replaces it. A failed one stays failed while it is listed: to
/// try again, list it with another content (an attempt's number), which keeps the count of failures,
/// or omit it once.
pub trait Effect: Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// What tells two effects apart.
    type Key: Serialize + DeserializeOwned + Ord + Clone + std::fmt::Debug + Send + Sync + 'static;

    /// This effect's key.
    fn key(&self) -> Self::Key;
}

/// No effects: most reconcilers act on the API alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub enum Never {}

impl Effect for Never {
    type Key = ();

    fn key(&self) -> Self::Key {
        match *self {}
    }
}

/// Where an accepted effect stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub enum EffectState {
    /// Accepted, not finished.
    Pending,
    /// Finished.
    Done,
    /// The last attempt failed.
    Failed {
        /// What the port said.
        error: String,
        /// How many attempts failed so far.
        attempts: u32,
    },
}

/// Does effects: real, simulated or recorded.
#[async_trait]
pub trait EffectPort<E: Effect>: Send + Sync + 'static {
    /// Does one effect. Dropping the future cancels it. May be called again for an effect that was
    /// done before (after a restart): it must then find it done.
    ///
    /// # Errors
    /// What went wrong, for people; the reconciler sees it as `EffectState::Failed` and decides on a retry.
    async fn perform(&self, effect: E) -> Result<(), String>;
}

/// The port of reconcilers without effects.
#[derive(Clone, Copy, Debug)]
pub struct NoPort;

#[async_trait]
impl EffectPort<Never> for NoPort {
    async fn perform(&self, effect: Never) -> Result<(), String> {
        match effect {}
    }
}
