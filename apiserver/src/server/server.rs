//! The API server.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::custom::Crd;
use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::time::Time;
use kontiki_store::Store;

use super::ServerConfig;
use crate::admit::hooks::{Configurations, Figures};
use crate::aggregate::Aggregator;
use crate::commit::Turns;
use crate::custom::KindTable;
use crate::encode::EventCache;
use crate::flow::Priorities;
use crate::health::{BeginningCheck, StoreCheck};
use crate::http::{Bodies, DocumentCache, Documents};
use crate::metrics::{AccessFigures, AdmissionFigures, Metrics};
use crate::webhook::Webhooks;

/// The API server: every request, in process or over HTTP, runs through [`Server::call`].
pub struct Server {
    pub(crate) config: ServerConfig,
    pub(crate) kinds: Arc<KindTable>,
    pub(crate) webhooks: Arc<Webhooks>,
    pub(crate) aggregator: Aggregator,
    pub(crate) events: Arc<EventCache>,
    pub(crate) metrics: Metrics,
    pub(crate) access: AccessFigures,
    pub(crate) hooks: Configurations,
    pub(crate) hook_figures: Figures,
    pub(crate) admission_figures: AdmissionFigures,
    pub(crate) priorities: Priorities,
    pub(crate) bodies: Bodies,
    pub(crate) document: DocumentCache,
    pub(crate) documents: Documents,
    pub(crate) turns: Arc<Turns>,
}

impl Server {
    /// Puts the parts together. Nothing listens yet: see [`crate::http::serve`].
    pub fn new(mut config: ServerConfig) -> Arc<Self> {
        let kinds = std::mem::take(&mut config.kinds);
        for readiness in [false, true] {
            config.checks.push(Arc::new(StoreCheck { store: Arc::clone(&config.store), readiness }));
        }
        for name in BeginningCheck::NAMES {
            config.checks.push(Arc::new(BeginningCheck { store: Arc::clone(&config.store), name }));
        }
        let metrics = Metrics::new();
        if let Some(audit) = &config.audit {
            audit.register(&metrics);
        }
        config.plugins.iter().for_each(|plugin| plugin.register(&metrics));
        Arc::new(Self {
            access: AccessFigures::new(&metrics),
            hooks: Configurations::default(),
            hook_figures: Figures::new(&metrics),
            admission_figures: AdmissionFigures::new(&metrics, config.plugins.len()),
            priorities: Priorities::new(config.limits.reading + config.limits.mutating, &metrics),
            bodies: Bodies::new(config.limits.bodies_bytes),
            kinds: Arc::new(KindTable::new(Arc::clone(&config.store), kinds)),
            webhooks: Arc::new(Webhooks::new(Arc::clone(&config.store), config.apart)),
            aggregator: Aggregator::new(config.front_proxy.take(), config.apart),
            config,
            events: Arc::default(),
            metrics,
            document: DocumentCache::default(),
            documents: Documents::default(),
            turns: Arc::default(),
        })
    }

    /// The kinds served now.
    pub fn kinds(&self) -> Arc<Kinds> {
        self.kinds.all()
    }

    /// The store behind the server.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.config.store
    }

    /// The server's figures, for the ports of other components as well.
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The client of webhooks.
    pub const fn webhooks(&self) -> &Arc<Webhooks> {
        &self.webhooks
    }

    pub(crate) fn now(&self) -> Time {
        (self.config.clock)()
    }

    pub(crate) fn random(&self) -> u128 {
        (self.config.random)()
    }

    pub(crate) fn row(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        self.kinds.row(group, version, plural)
    }

    /// The definition called `name`, as it is now.
    pub(crate) fn definition(&self, name: &Text) -> Option<Arc<Crd>> {
        self.kinds.definition(name)
    }

    /// The row that `kind`'s collection is stored as; custom kinds are converted on their own way.
    pub(crate) fn stored_row(&self, kind: &Arc<Kind>) -> Arc<Kind> {
        if kind.conversion.is_none() {
            return Arc::clone(kind);
        }
        let stored = self.kinds.builtin().iter().find(|row| row.conversion.is_none() && row.resource == kind.resource);
        Arc::clone(stored.unwrap_or(kind))
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server")
    }
}
