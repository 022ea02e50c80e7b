//! Observed kinds: what lives outside the API and is told to the World.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind of thing outside the API: a container, a mount, a probe's result. The World holds the
/// last observation per key; each new one wakes the reconcilers that are triggered by the kind.
pub trait Observed: Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// What tells two of them apart.
    type Key: Serialize + DeserializeOwned + Ord + Clone + std::fmt::Debug + Send + Sync + 'static;
    /// Name in recordings, such as `ContainerState`.
    const NAME: &'static str;
}

/// One message from an observer.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation<O: Observed> {
    /// It is now so.
    Seen(O::Key, O),
    /// It is gone.
    Gone(O::Key),
    /// This is all there is: keys not listed are gone (after a reconnect).
    Relisted(Vec<(O::Key, O)>),
}
