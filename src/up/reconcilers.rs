//! The reconcilers of the control plane, each as upstream's controller of that name.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use kontiki_api::kind::Kinds;
use kontiki_api::request::LeaderId;
use kontiki_reconcilers::{Setup, register_controllers, register_scheduler};
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::engine::{EngineBuilder, EngineHandle};
use tokio_util::sync::CancellationToken;

use super::client::InProcess;
use super::control_plane::ControlPlane;
use super::debug::Debug;
use super::run::show;
use super::signer::Signer;

/// What the reconcilers of the control plane are started from.
#[derive(Clone)]
pub struct Control {
    client: Arc<InProcess>,
    kinds: Arc<Kinds>,
    authority: String,
    signer: Arc<Signer>,
    debug: Arc<Debug>,
    record: Option<PathBuf>,
}

impl Control {
    /// From the parts of `plane`; every start is recorded into the folder `record`, where it is given.
    pub fn of(plane: &ControlPlane, record: Option<PathBuf>) -> Self {
        let authority: String = plane.pki.authority().into();
        let signer = Signer { tokens: plane.tokens.clone(), store: plane.store.clone(), authority: authority.clone() };
        Self {
            client: plane.client.clone(),
            kinds: plane.kinds.clone(),
            authority,
            signer: Arc::new(signer),
            debug: plane.debug.clone(),
            record,
        }
    }

    /// Starts all of them under `leader`: the controllers on one engine, the scheduler on another.
    ///
    /// # Errors
    /// Where the system has no threads to give.
    pub fn start(&self, leader: LeaderId, stop: &CancellationToken) -> Result<Vec<EngineHandle>> {
        let setup = Setup { kinds: self.kinds.clone(), ca_pem: self.authority.as_str().into() };
        self.debug.set_up(&setup);
        let handle = tokio::runtime::Handle::current();
        let controllers = register_controllers(self.builder(leader).signer(self.signer.clone()), &setup);
        let controllers = controllers.start(&handle, stop).context("cannot start the reconcilers' thread")?;
        let scheduler = register_scheduler(self.builder(leader), &setup);
        let scheduler = scheduler.start(&handle, stop).context("cannot start the scheduler's thread")?;
        for (name, engine) in [("controllers", &controllers), ("scheduler", &scheduler)] {
            show(&self.debug, name, engine, self.record.as_deref())?;
        }
        Ok(vec![controllers, scheduler])
    }

    fn builder(&self, leader: LeaderId) -> EngineBuilder {
        // No two leaderships have the same term, so that no two have the same seeds.
        EngineBuilder::new(Arc::new(self.client.under(leader)), Arc::new(SystemClock::default()))
            .kinds(self.kinds.clone())
            .leader(leader.term << 16 | leader.node & 0xffff)
    }
}
