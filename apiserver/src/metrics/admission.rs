//! Figures of admission, under upstream's names.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

use super::Metrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabels {
    r#type: &'static str,
    operation: &'static str,
    rejected: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PluginLabels {
    name: &'static str,
    r#type: &'static str,
    operation: &'static str,
    rejected: &'static str,
}

/// Upstream's bounds, in seconds.
const BOUNDS: [f64; 6] = [0.005, 0.025, 0.1, 0.5, 1.0, 2.5];

/// How long admission takes.
#[derive(Debug)]
pub(crate) struct AdmissionFigures {
    steps: Family<StepLabels, Histogram, fn() -> Histogram>,
    plugins: Family<PluginLabels, Histogram, fn() -> Histogram>,
}

/// Which part of admission is timed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// `admit` or `validate`.
    pub step: &'static str,
    /// `CREATE` and so on.
    pub operation: &'static str,
}

impl AdmissionFigures {
    /// Figures that `metrics` shows.
    pub fn new(metrics: &Metrics) -> Self {
        let figures = Self {
            steps: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            plugins: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
        };
        let name = |of: &str| format!("apiserver_admission_{of}_admission_duration_seconds");
        metrics.register(&name("step"), "Time of a step of admission.", figures.steps.clone());
        metrics.register(&name("controller"), "Time of an admission plug-in.", figures.plugins.clone());
        figures
    }

    /// A step took so long.
    pub fn step(&self, part: Part, rejected: bool, took: Duration) {
        let labels = StepLabels { r#type: part.step, operation: part.operation, rejected: text(rejected) };
        self.steps.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// The plug-in `name` took so long.
    pub fn plugin(&self, name: &'static str, part: Part, rejected: bool, took: Duration) {
        let labels = PluginLabels { name, r#type: part.step, operation: part.operation, rejected: text(rejected) };
        self.plugins.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

const fn text(rejected: bool) -> &'static str {
    if rejected { "true" } else { "false" }
}
