//! The API server.

use std::sync::Arc;

use arc_swap::ArcSwap;
use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::time::Time;
use kontiki_store::Store;

use super::ServerConfig;
use crate::encode::EventCache;
use crate::health::StoreCheck;
use crate::http::InFlight;
use crate::metrics::Metrics;

/// The API server: every request, in process or over HTTP, runs through [`Server::call`].
pub struct Server {
    pub(crate) config: ServerConfig,
    kinds: ArcSwap<Kinds>,
    pub(crate) events: Arc<EventCache>,
    pub(crate) metrics: Metrics,
    pub(crate) in_flight: InFlight,
}

impl Server {
    /// Puts the parts together. Nothing listens yet: see [`crate::http::serve`].
    pub fn new(mut config: ServerConfig) -> Arc<Self> {
        let kinds = std::mem::take(&mut config.kinds);
        config.checks.push(Arc::new(StoreCheck(Arc::clone(&config.store))));
        Arc::new(Self {
            in_flight: InFlight::new(config.limits.per_user),
            config,
            kinds: ArcSwap::from_pointee(kinds),
            events: Arc::default(),
            metrics: Metrics::new(),
        })
    }

    /// The kinds served now.
    pub fn kinds(&self) -> Arc<Kinds> {
        self.kinds.load_full()
    }

    /// Serves `kinds` from now on.
    pub fn set_kinds(&self, kinds: Kinds) {
        self.kinds.store(Arc::new(kinds));
    }

    /// The store behind the server.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.config.store
    }

    /// The server's figures, for the ports of other components as well.
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn now(&self) -> Time {
        (self.config.clock)()
    }

    pub(crate) fn random(&self) -> u128 {
        (self.config.random)()
    }

    pub(crate) fn row(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        self.kinds.load().get(group, version, plural).cloned()
    }

    /// The row that `kind`'s collection is stored as.
    pub(crate) fn stored_row(&self, kind: &Arc<Kind>) -> Arc<Kind> {
        if kind.conversion.is_none() {
            return Arc::clone(kind);
        }
        let kinds = self.kinds.load();
        let stored = kinds.iter().find(|row| row.conversion.is_none() && row.resource == kind.resource);
        Arc::clone(stored.unwrap_or(kind))
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server")
    }
}
