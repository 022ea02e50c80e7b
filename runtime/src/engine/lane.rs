//! One reconciler in an engine, of unknown key and effect types.

use std::time::Duration;

use serde_json::Value;

use super::message::{EffectDone, Settled};
use super::overlay::Overlay;
use super::passes::Cx;
use crate::world::{Delta, ObservedDelta, Schema, World};

/// One reconciler in an engine.
pub(super) trait Lane: Send {
    fn name(&self) -> &'static str;
    /// What it wants the World to hold.
    fn schema(&self) -> &Schema;
    /// Objects changed.
    fn wake(&mut self, world: &World, deltas: &[Delta], now: Duration);
    /// Observations changed.
    fn wake_observed(&mut self, world: &World, delta: &ObservedDelta, now: Duration);
    /// Time has passed or the World has moved on: timers fire, held keys are released.
    fn tick(&mut self, world: &World, now: Duration);
    /// When something is to be done without being woken.
    fn next_due(&self, world: &World) -> Option<Duration>;
    /// Whether a pass can run now.
    fn is_runnable(&self) -> bool;
    /// Runs one pass.
    fn run(&mut self, cx: &mut Cx<'_>);
    /// A plan was carried out.
    fn settle(&mut self, cx: &mut Cx<'_>, settled: Settled);
    /// An attempt at an effect is over.
    fn effect_done(&mut self, cx: &Cx<'_>, done: &EffectDone);
    /// What it assumes; `None` where it assumes nothing.
    fn overlay(&mut self) -> Option<&mut Overlay>;
    /// Whether nothing is left to do but wait for changes and timers.
    fn is_quiet(&self) -> bool;
    /// For people.
    fn debug(&self) -> Value;
}
