//! Putting an engine together.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::thread;

use futures::StreamExt;
use kontiki_api::kind::Kinds;
use tokio_util::sync::CancellationToken;

use super::core::{Core, collections};
use super::handle::{EngineHandle, Observer};
use super::lane::Lane;
use super::message::Message;
use super::notes::Figures;
use super::options::Options;
use super::passes::PassLane;
use super::standby::Role;
use crate::client::{Client, Interest};
use crate::clock::Clock;
use crate::effect::EffectPort;
use crate::execute::{Executor, NoSigner, TokenSigner};
use crate::reconciler::Reconciler;
use crate::record::Recorders;
use crate::world::{Schema, Triggers, World};

type Watching = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Puts an engine together: reconcilers, observers, and the client they see the cluster through.
pub struct EngineBuilder {
    client: Arc<dyn Client>,
    clock: Arc<dyn Clock>,
    lanes: Vec<Box<dyn Lane>>,
    figures: BTreeMap<&'static str, Arc<Figures>>,
    schema: Schema,
    interest: Option<Interest>,
    signer: Arc<dyn TokenSigner>,
    kinds: Option<Arc<Kinds>>,
    leader: Option<u64>,
    role: Role,
    observers: Vec<Box<dyn FnOnce(Observer, CancellationToken) -> Watching + Send>>,
}

impl EngineBuilder {
    /// An engine without reconcilers on `client`.
    pub fn new(client: Arc<dyn Client>, clock: Arc<dyn Clock>) -> Self {
        Self {
            client,
            clock,
            lanes: Vec::new(),
            figures: BTreeMap::new(),
            schema: Schema::default(),
            interest: None,
            signer: Arc::new(NoSigner),
            kinds: None,
            leader: None,
            role: Role::Acts,
            observers: Vec::new(),
        }
    }

    /// Runs `reconciler`; its effects are done by `port` ([`crate::effect::NoPort`] where it has none).
    #[must_use]
    pub fn register<R: Reconciler>(mut self, reconciler: R, port: impl EffectPort<R::Effect>, options: Options) -> Self {
        let mut triggers = Triggers::default();
        R::triggers(&mut triggers);
        self.schema.merge(triggers.schema());
        let figures = Arc::<Figures>::default();
        self.figures.insert(R::NAME, Arc::clone(&figures));
        let lane = PassLane::new(self.lanes.len(), reconciler, Arc::new(port), options, triggers, figures);
        self.lanes.push(Box::new(lane));
        self
    }

    /// Runs a task that observes the outside. It should end when the token is cancelled; it is dropped then in any case.
    #[must_use]
    pub fn observer<F>(mut self, observe: impl FnOnce(Observer, CancellationToken) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.observers.push(Box::new(|observer, token| Box::pin(observe(observer, token))));
        self
    }

    /// Holds this instead of all that the reconcilers' views read: a kubelet holds only the pods of its node.
    #[must_use]
    pub fn interest(mut self, interest: Interest) -> Self {
        self.interest = Some(interest);
        self
    }

    /// Who signs tokens.
    #[must_use]
    pub fn signer(mut self, signer: Arc<dyn TokenSigner>) -> Self {
        self.signer = signer;
        self
    }

    /// The kinds that plans may create; the built-in ones unless set.
    #[must_use]
    pub fn kinds(mut self, kinds: Arc<Kinds>) -> Self {
        self.kinds = Some(kinds);
        self
    }

    /// What tells this leadership (or process) from every other: part of seeds and request ids. Must be
    /// different for each start of an engine on the same cluster; random unless set.
    #[must_use]
    pub fn leader(mut self, leader: u64) -> Self {
        self.leader = Some(leader);
        self
    }

    /// Stands by: the World is kept up to date, but no pass runs before [`EngineHandle::lead`].
    #[must_use]
    pub fn standby(mut self) -> Self {
        self.role = Role::StandsBy;
        self
    }

    /// Starts the engine's thread, its feed and its observers. They end when `token` is cancelled.
    ///
    /// # Errors
    /// Where the operating system has no thread or no randomness to give.
    pub fn start(self, runtime: &tokio::runtime::Handle, token: &CancellationToken) -> std::io::Result<EngineHandle> {
        let token = token.child_token();
        let (inbox, messages) = mpsc::channel();
        let interest = self.interest.unwrap_or_else(|| self.schema.interest());
        let kinds = self.kinds.unwrap_or_else(|| Arc::new(Kinds::builtin()));
        let clock = Arc::clone(&self.clock);
        let executor = Executor::new(Arc::clone(&self.client), self.signer, kinds, clock, runtime, token.clone());
        let core = Core {
            world: World::new(&self.schema),
            lanes: self.lanes,
            clock: self.clock,
            runtime: runtime.clone(),
            executor,
            inbox: inbox.clone(),
            recorders: Recorders::default(),
            leader: self.leader.map_or_else(random, Ok)?,
            missing: collections(&interest),
            ready: false,
            role: self.role,
            unstarted: Vec::new(),
            waiting: Vec::new(),
            laid: None,
        };
        let (ended, end) = tokio::sync::watch::channel(false);
        thread::Builder::new().name("reconcile".into()).spawn(move || {
            core.run(&messages);
            ended.send_replace(true);
        })?;
        spawn_feed(runtime, &*self.client, interest, &inbox, &token);
        for observe in self.observers {
            let watching = observe(Observer::new(inbox.clone()), token.clone());
            let token = token.clone();
            runtime.spawn(async move {
                tokio::select! { () = watching => {}, () = token.cancelled() => {} }
            });
        }
        Ok(EngineHandle::new(inbox, end, token, self.figures))
    }
}

impl std::fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineBuilder").field("reconcilers", &self.figures.keys()).finish_non_exhaustive()
    }
}

/// Most changes handed to the engine at once.
const TOGETHER: usize = 256;

/// Passes the feed on to the engine; tells it to stop at the end.
fn spawn_feed(
    runtime: &tokio::runtime::Handle,
    client: &dyn Client,
    interest: Interest,
    inbox: &mpsc::Sender<Message>,
    token: &CancellationToken,
) {
    // What has come meanwhile wakes the engine once.
    let (mut feeds, inbox, token) = (client.feed(interest).ready_chunks(TOGETHER), inbox.clone(), token.clone());
    runtime.spawn(async move {
        let pass_on = async {
            while let Some(delivered) = feeds.next().await {
                if inbox.send(Message::Feeds(delivered)).is_err() {
                    return;
                }
            }
            token.cancelled().await;
        };
        tokio::select! { () = pass_on => {}, () = token.cancelled() => {} }
        // Where the thread has ended already nothing is left to stop.
        let _ = inbox.send(Message::Stop);
    });
}

fn random() -> std::io::Result<u64> {
    let mut bytes = [0; 8];
    let filled = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    filled.map_err(|_| std::io::Error::other("the system has no randomness to give"))?;
    Ok(u64::from_le_bytes(bytes))
}
