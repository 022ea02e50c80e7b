//! What the registry knows of each reconciler.

use std::sync::Arc;
use std::time::Duration;

use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_runtime::effect::{Never, NoPort};
use kontiki_runtime::engine::{EngineBuilder, Options};
use kontiki_runtime::execute::Identity;
use kontiki_runtime::reconciler::Reconciler;
use kontiki_runtime::record;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::{Value, json};

use crate::event_ttl::KEPT;

/// What reconcilers know of the cluster before they see its World.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The kinds served.
    pub kinds: Arc<Kinds>,
    /// The certificates by which clients know the API server, PEM.
    pub ca_pem: Text,
    /// How long Events are kept from their last write; zero for ever.
    pub event_ttl: Duration,
}

impl Setup {
    /// As recordings have it.
    pub fn to_json(&self) -> Value {
        json!({ "ca_pem": self.ca_pem, "event_ttl_seconds": self.event_ttl.as_secs() })
    }

    /// Of built-in kinds, and otherwise as a recording has it.
    pub(crate) fn recorded(recorded: &Value) -> Self {
        let ca_pem = recorded.get("ca_pem").and_then(Value::as_str).unwrap_or_default().into();
        let event_ttl = recorded.get("event_ttl_seconds").and_then(Value::as_u64).map_or(KEPT, Duration::from_secs);
        Self { kinds: Arc::new(Kinds::builtin()), ca_pem, event_ttl }
    }
}

/// A reconciler of the control plane: how it is made, and as whom it writes.
pub trait Registered: Reconciler<Effect = Never> + Sized {
    /// As whom it writes: upstream's user for this controller.
    fn identity() -> Identity {
        Identity::controller(Self::NAME)
    }

    /// Makes it.
    fn make(setup: &Setup) -> Self;

    /// The shared suite as set up for it, and what is played to it.
    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>);
}

/// Something done with each registered reconciler in turn.
pub trait Each: Sized {
    /// Does it with `R`.
    #[must_use]
    fn with<R: Registered>(self) -> Self;
}

/// Registers each with an engine.
pub(crate) struct Register<'a> {
    pub builder: EngineBuilder,
    pub setup: &'a Setup,
}

impl Each for Register<'_> {
    fn with<R: Registered>(self) -> Self {
        let builder = self.builder.register(R::make(self.setup), NoPort, Options::of(R::identity()));
        Self { builder, ..self }
    }
}

/// Makes recordings of each replayable.
pub(crate) struct Replay<'a> {
    pub registry: record::Registry,
    pub setup: &'a Setup,
}

impl Each for Replay<'_> {
    fn with<R: Registered>(self) -> Self {
        Self { registry: self.registry.with(R::make(self.setup)), ..self }
    }
}
