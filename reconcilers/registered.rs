//! What the registry knows of each reconciler.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_runtime::effect::{Never, NoPort};
use kontiki_runtime::engine::{EngineBuilder, Options};
use kontiki_runtime::execute::Identity;
use kontiki_runtime::reconciler::Reconciler;
use kontiki_runtime::record;

/// What reconcilers know of the cluster before they see its World.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The kinds served.
    pub kinds: Arc<Kinds>,
    /// The certificates by which clients know the API server, PEM.
    pub ca_pem: Text,
}

/// A reconciler of the control plane: how it is made, and as whom it writes.
pub trait Registered: Reconciler<Effect = Never> {
    /// As whom it writes: upstream's user for this controller.
    fn identity() -> Identity {
        Identity::controller(Self::NAME)
    }

    /// Makes it.
    fn make(setup: &Setup) -> Self;
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
