//! The reconcilers of the control plane, each as upstream's controller of that name.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use kontiki_api::kind::Kinds;
use kontiki_api::meta::Revision;
use kontiki_api::request::LeaderId;
use kontiki_apiserver::authenticate::Tokens;
use kontiki_reconcilers::{Setup, register_controllers, register_scheduler};
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::engine::{EngineBuilder, EngineHandle};
use kontiki_store::Store;
use tokio_util::sync::CancellationToken;

use super::client::{Fence, InProcess};
use super::control_plane::ControlPlane;
use super::debug::Debug;
use super::run::show;
use super::signer::Signer;

/// What the reconcilers of the control plane are started from.
#[derive(Clone)]
pub struct Control {
    client: Arc<InProcess>,
    kinds: Arc<Kinds>,
    tokens: Arc<Tokens>,
    store: Arc<dyn Store>,
    debug: Arc<Debug>,
    record: Option<PathBuf>,
    event_ttl: Duration,
}

impl Control {
    /// From the parts of `plane`; every leadership is recorded into the folder `record`, where it is given.
    /// Events are kept for `event_ttl`; for ever where that is zero.
    pub fn of(plane: &ControlPlane, record: Option<PathBuf>, event_ttl: Duration) -> Self {
        Self {
            client: plane.client.clone(),
            kinds: plane.kinds.clone(),
            tokens: plane.tokens.clone(),
            store: plane.store.clone(),
            debug: plane.debug.clone(),
            record,
            event_ttl,
        }
    }

    /// Starts all of them, the controllers on one engine, the scheduler on another: their Worlds are kept up to date,
    /// but they do not act before [`Standby::lead`]. They hand `authority` out.
    ///
    /// # Errors
    /// Where the system has no threads to give.
    pub fn stand_by(&self, authority: &str, stop: &CancellationToken) -> Result<Standby> {
        let setup = Setup { kinds: self.kinds.clone(), ca_pem: authority.into(), event_ttl: self.event_ttl };
        let signer = Signer { tokens: self.tokens.clone(), store: self.store.clone(), authority: authority.into() };
        self.debug.set_up(&setup);
        let (handle, fence) = (tokio::runtime::Handle::current(), Fence::default());
        let controllers = register_controllers(self.builder(&fence).signer(Arc::new(signer)), &setup);
        let controllers = controllers.start(&handle, stop).context("cannot start the reconcilers' thread")?;
        let scheduler = register_scheduler(self.builder(&fence), &setup);
        let scheduler = scheduler.start(&handle, stop).context("cannot start the scheduler's thread")?;
        let engines = [("controllers", controllers), ("scheduler", scheduler)];
        Ok(Standby { engines, fence, debug: self.debug.clone(), record: self.record.clone() })
    }

    fn builder(&self, fence: &Fence) -> EngineBuilder {
        let client = Arc::new(self.client.under(fence.clone()));
        EngineBuilder::new(client, Arc::new(SystemClock::default())).kinds(self.kinds.clone()).standby()
    }
}

/// The reconcilers of a master that does not lead yet.
pub struct Standby {
    engines: [(&'static str, EngineHandle); 2],
    fence: Fence,
    debug: Arc<Debug>,
    record: Option<PathBuf>,
}

impl Standby {
    /// Lets them act under `leader` as soon as they know everything up to `from`. Only the first call counts.
    ///
    /// # Errors
    /// Where what they do cannot be recorded.
    pub fn lead(&self, leader: LeaderId, from: Revision) -> Result<()> {
        // Cannot fail but at a second call.
        let _ = self.fence.set(leader);
        for (name, engine) in &self.engines {
            // No two leaderships have the same term, so that no two have the same seeds.
            engine.lead(leader.term << 16 | leader.node & 0xffff, from);
            show(&self.debug, name, engine, self.record.as_deref())?;
        }
        Ok(())
    }

    /// Returns when all have ended, which their token tells them to.
    pub async fn end(self) {
        for (_, engine) in self.engines {
            engine.join().await;
        }
    }
}
