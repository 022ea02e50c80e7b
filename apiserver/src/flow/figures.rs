//! Figures of priority and fairness, under upstream's names.

use std::collections::BTreeMap;
use std::time::Duration;

use kontiki_api::Text;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::configuration::Bounds;
use crate::metrics::Metrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FlowLabels {
    priority_level: String,
    flow_schema: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusedLabels {
    priority_level: String,
    flow_schema: String,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WaitLabels {
    priority_level: String,
    flow_schema: String,
    execute: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LevelLabels {
    priority_level: String,
}

/// Upstream's bounds of the time requests wait, in seconds.
const BOUNDS: [f64; 12] = [0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0];

/// The figures of all flows.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    dispatched: Family<FlowLabels, Counter>,
    executing: Family<FlowLabels, Gauge>,
    waiting: Family<FlowLabels, Gauge>,
    refused: Family<RefusedLabels, Counter>,
    waited: Family<WaitLabels, Histogram, fn() -> Histogram>,
    nominal: Family<LevelLabels, Gauge>,
}

/// The figures of the flows of one schema.
#[derive(Clone, Debug)]
pub(super) struct FlowFigures {
    labels: FlowLabels,
    dispatched: Counter,
    executing: Gauge,
    waiting: Gauge,
    all: Figures,
}

impl Figures {
    /// Figures that `metrics` shows.
    pub fn new(metrics: &Metrics) -> Self {
        let figures = Self {
            dispatched: Family::default(),
            executing: Family::default(),
            waiting: Family::default(),
            refused: Family::default(),
            waited: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            nominal: Family::default(),
        };
        let name = |of: &str| format!("apiserver_flowcontrol_{of}");
        metrics.register(&name("dispatched_requests"), "Requests that ran.", figures.dispatched.clone());
        metrics.register(&name("current_executing_requests"), "Requests that run now.", figures.executing.clone());
        metrics.register(&name("current_inqueue_requests"), "Requests that wait now.", figures.waiting.clone());
        metrics.register(&name("rejected_requests"), "Requests refused for want of a seat.", figures.refused.clone());
        metrics.register(&name("request_wait_duration_seconds"), "Time that requests waited.", figures.waited.clone());
        metrics.register(&name("nominal_limit_seats"), "Seats of each level.", figures.nominal.clone());
        figures
    }

    /// Those of the schema `schema` of the level `level`.
    pub fn flow(&self, level: &str, schema: &str) -> FlowFigures {
        let labels = FlowLabels { priority_level: level.into(), flow_schema: schema.into() };
        FlowFigures {
            dispatched: self.dispatched.get_or_create(&labels).clone(),
            executing: self.executing.get_or_create(&labels).clone(),
            waiting: self.waiting.get_or_create(&labels).clone(),
            labels,
            all: self.clone(),
        }
    }

    /// The seats are divided anew.
    pub fn divided(&self, bounds: &BTreeMap<Text, Bounds>) {
        for (level, bounds) in bounds {
            let gauge = self.nominal.get_or_create(&LevelLabels { priority_level: level.to_string() }).clone();
            gauge.set(i64::try_from(bounds.nominal).unwrap_or(i64::MAX));
        }
    }
}

impl FlowFigures {
    /// A request runs.
    pub fn started(&self) {
        self.dispatched.inc();
        self.executing.inc();
    }

    /// It is done.
    pub fn ended(&self) {
        self.executing.dec();
    }

    /// Counts a request that waits until what is answered is dropped.
    pub fn waits(&self) -> Waits {
        self.waiting.inc();
        Waits(self.waiting.clone())
    }

    /// A request waited so long, and then ran or not.
    pub fn waited(&self, took: Duration, execute: bool) {
        let FlowLabels { priority_level, flow_schema } = self.labels.clone();
        let labels = WaitLabels { priority_level, flow_schema, execute: if execute { "true" } else { "false" } };
        self.all.waited.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// A request was refused.
    pub fn refused(&self, reason: &'static str) {
        let FlowLabels { priority_level, flow_schema } = self.labels.clone();
        self.all.refused.get_or_create(&RefusedLabels { priority_level, flow_schema, reason }).inc();
    }
}

/// A request that waits.
pub(super) struct Waits(Gauge);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.dec();
    }
}
