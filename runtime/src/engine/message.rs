//! What the engine thread is told.

use std::any::Any;

use kontiki_api::meta::Revision;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::client::Feed;
use crate::plan::IntentOutcome;
use crate::record::Sink;
use crate::world::AnyObservation;

/// What the engine thread is told.
pub(super) enum Message {
    /// The cluster changed, in this order.
    Feeds(Vec<Feed>),
    /// The outside changed.
    Observed(Box<dyn AnyObservation>),
    /// A plan was carried out.
    Settled(Settled),
    /// An attempt at an effect is over.
    Effect(EffectDone),
    /// Somebody wants to look into a reconciler.
    Debug(String, oneshot::Sender<Option<Value>>),
    /// Somebody wants to know when nothing is left to do.
    WhenQuiet(oneshot::Sender<()>),
    /// Record from now on, or no longer.
    Record(Option<Box<Sink>>),
    /// Act under this leadership, once everything up to the revision is in the World.
    Lead(u64, Revision),
    /// End.
    Stop,
}

/// The outcome of one plan.
pub(super) struct Settled {
    pub(super) lane: usize,
    pub(super) plan: u64,
    pub(super) outcomes: Vec<IntentOutcome>,
}

/// The end of one attempt at an effect.
pub(super) struct EffectDone {
    pub(super) lane: usize,
    pub(super) key: Box<dyn Any + Send>,
    pub(super) generation: u64,
    /// Failed attempts before this one.
    pub(super) attempts: u32,
    pub(super) result: Result<(), String>,
}
