//! What a server is made of.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::Resource;
use kontiki_api::time::Time;
use kontiki_store::Store;

use crate::admit::Plugin;
use crate::audit::Audit;
use crate::authenticate::{Authenticate, Tokens};
use crate::authorize::Authorize;
use crate::cluster::ClusterApi;
use crate::connect::Connect;
use crate::forward::Forwarder;
use crate::health::Check;
use crate::http::Pages;
use crate::pki::ShownCertificate;
use crate::virtuals::{Observe, Virtual};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// Source of uids, generated names and request ids.
pub type Random = Arc<dyn Fn() -> u128 + Send + Sync>;

/// Connecting subresources, by collection and subresource (`pods`, `log`).
pub type Connects = HashMap<(Resource, Text), Arc<dyn Connect>>;

/// Virtual kinds by collection and an empty name; create-only subresources by collection and name
/// (`serviceaccounts`, `token`).
pub type Virtuals = HashMap<(Resource, Text), Arc<dyn Virtual>>;

/// Kinds that are made when they are read, by collection.
pub type Observed = HashMap<Resource, Arc<dyn Observe>>;

/// Bounds of every request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes of a body.
    pub body_bytes: usize,
    /// Most bytes of all bodies above 64 KiB that are read or worked on at once, a quarter of it for each user. Further ones wait for some
    /// seconds.
    pub bodies_bytes: usize,
    /// How long a request other than a watch or a connection may take, and then its client to take the answer. A connection ends where
    /// its client takes nothing of what waits for it for as long.
    pub timeout: Duration,
    /// Upstream's `--max-requests-inflight`. Together with `mutating` it is the number of seats that priority levels share;
    /// watches and connections take none once they have begun.
    pub reading: usize,
    /// Upstream's `--max-mutating-requests-inflight`.
    pub mutating: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 3 << 20, bodies_bytes: 256 << 20, timeout: Duration::from_secs(60), reading: 400, mutating: 200 }
    }
}

/// The parts of a [`crate::Server`].
pub struct ServerConfig {
    /// The kinds served at first.
    pub kinds: Kinds,
    /// Where objects are.
    pub store: Arc<dyn Store>,
    /// Who is asking.
    pub authenticator: Arc<dyn Authenticate>,
    /// Whether they may.
    pub authorizer: Arc<dyn Authorize>,
    /// Admission plug-ins, in order.
    pub plugins: Vec<Arc<dyn Plugin>>,
    /// Connecting subresources.
    pub connects: Connects,
    /// Kinds that are only asked.
    pub virtuals: Virtuals,
    /// Kinds that are made when they are read.
    pub observed: Observed,
    /// Whose documents say how service-account tokens are verified, such as `/openid/v1/jwks`.
    pub tokens: Option<Arc<Tokens>>,
    /// Who makes the pages below `/debug/`.
    pub pages: Option<Arc<dyn Pages>>,
    /// What `/readyz`, `/livez` and `/healthz` look at besides the store.
    pub checks: Vec<Arc<dyn Check>>,
    /// The way to the leader; without it a server that does not lead refuses writes.
    pub forwarder: Option<Forwarder>,
    /// What answers about the cluster's members.
    pub cluster: Option<Arc<dyn ClusterApi>>,
    /// The time.
    pub clock: Clock,
    /// Uids, names, ids.
    pub random: Random,
    /// Bounds.
    pub limits: Limits,
    /// What is written down of requests; nothing without it.
    pub audit: Option<Arc<Audit>>,
    /// By which aggregated servers know that this one speaks for its users: see [`crate::pki::Pki::front_proxy_client`].
    pub front_proxy: Option<Arc<ShownCertificate>>,
    /// Whether it calls nobody outside: no webhook, no aggregated server. See [`crate::apart`] for `connects`.
    pub apart: bool,
    /// `host:port` that clients without other knowledge are told to use.
    pub address: String,
}

impl ServerConfig {
    /// A server over `store` with the machine's clock and randomness, default bounds and nothing optional.
    pub fn new(
        kinds: Kinds,
        store: Arc<dyn Store>,
        authenticator: Arc<dyn Authenticate>,
        authorizer: Arc<dyn Authorize>,
    ) -> Self {
        Self {
            kinds,
            store,
            authenticator,
            authorizer,
            plugins: Vec::new(),
            connects: Connects::default(),
            virtuals: Virtuals::default(),
            observed: Observed::default(),
            tokens: None,
            pages: None,
            checks: Vec::new(),
            forwarder: None,
            cluster: None,
            clock: Arc::new(|| Time::from_micros(jiff::Timestamp::now().as_microsecond())),
            random: Arc::new(rand::random),
            limits: Limits::default(),
            audit: None,
            front_proxy: None,
            apart: false,
            address: "127.0.0.1:6443".into(),
        }
    }
}
