//! The reconcilers of the control plane, each as upstream's controller of that name.

use std::sync::Arc;

use anyhow::{Context, Result};
use kontiki_reconcilers::{Setup, register_controllers, register_scheduler};
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::engine::{EngineBuilder, EngineHandle};
use tokio_util::sync::CancellationToken;

use super::control_plane::ControlPlane;
use super::signer::Signer;

/// Starts every reconciler but the scheduler, on one engine.
pub fn controllers(plane: &ControlPlane, stop: &CancellationToken) -> Result<EngineHandle> {
    let authority = plane.pki.authority();
    let signer = Signer { tokens: plane.tokens.clone(), store: plane.store.clone(), authority: authority.into() };
    let setup = setup(plane);
    plane.debug.set_up(&setup);
    register_controllers(builder(plane).signer(Arc::new(signer)), &setup)
        .start(&tokio::runtime::Handle::current(), stop)
        .context("cannot start the reconcilers' thread")
}

/// Starts the scheduler on an engine of its own.
pub fn scheduler(plane: &ControlPlane, stop: &CancellationToken) -> Result<EngineHandle> {
    register_scheduler(builder(plane), &setup(plane))
        .start(&tokio::runtime::Handle::current(), stop)
        .context("cannot start the scheduler's thread")
}

fn setup(plane: &ControlPlane) -> Setup {
    Setup { kinds: plane.kinds.clone(), ca_pem: plane.pki.authority().into() }
}

fn builder(plane: &ControlPlane) -> EngineBuilder {
    EngineBuilder::new(plane.client.clone(), Arc::new(SystemClock::default())).kinds(plane.kinds.clone())
}
