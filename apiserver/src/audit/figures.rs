//! Figures of the audit, under upstream's names.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::Level;
use crate::metrics::Metrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PluginLabels {
    plugin: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LevelLabels {
    level: &'static str,
}

const LOG: PluginLabels = PluginLabels { plugin: "log" };

/// The figures of one audit.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    events: Counter,
    errors: Family<PluginLabels, Counter>,
    levels: Family<LevelLabels, Counter>,
}

impl Figures {
    /// Shows them in `metrics`.
    pub fn register(&self, metrics: &Metrics) {
        metrics.register("apiserver_audit_event", "Audit events made.", self.events.clone());
        metrics.register("apiserver_audit_error", "Audit events dropped or not written.", self.errors.clone());
        metrics.register("apiserver_audit_level", "Requests by how much of them is audited.", self.levels.clone());
    }

    /// A request is audited at `level`.
    pub fn asked(&self, level: Level) {
        self.levels.get_or_create(&LevelLabels { level: level.as_str() }).inc();
    }

    /// An event was made.
    pub fn made(&self) {
        self.events.inc();
    }

    /// An event was lost.
    pub fn lost(&self) {
        self.errors.get_or_create(&LOG).inc();
    }

    /// How many events were lost.
    #[cfg(test)]
    pub fn all_lost(&self) -> u64 {
        self.errors.get_or_create(&LOG).get()
    }
}
