//! Figures of admission, under upstream's names.

use std::sync::OnceLock;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

use super::Metrics;
use crate::admit::Operation;

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

/// The distinct [`Part`]s, each rejected or not.
const PARTS: usize = 16;

/// How long admission takes.
#[derive(Debug)]
pub(crate) struct AdmissionFigures {
    steps: Family<StepLabels, Histogram, fn() -> Histogram>,
    plugins: Family<PluginLabels, Histogram, fn() -> Histogram>,
    /// The plug-ins' histograms once they have been asked for: every write asks for all of them.
    known: Box<[[OnceLock<Histogram>; PARTS]]>,
}

/// A step of admission, as upstream calls it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Changes.
    Admit,
    /// Refuses.
    Validate,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Validate => "validate",
        }
    }
}

/// Which part of admission is timed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The step.
    pub step: Step,
    /// What is admitted.
    pub operation: Operation,
}

impl Part {
    const fn place(self, rejected: bool) -> usize {
        (self.step as usize) << 3 | (self.operation as usize) << 1 | rejected as usize
    }
}

impl AdmissionFigures {
    /// Figures of so many plug-ins, which `metrics` shows.
    pub fn new(metrics: &Metrics, plugins: usize) -> Self {
        let figures = Self {
            steps: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            plugins: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            known: (0..plugins).map(|_| Default::default()).collect(),
        };
        let name = |of: &str| format!("apiserver_admission_{of}_admission_duration_seconds");
        metrics.register(&name("step"), "Time of a step of admission.", figures.steps.clone());
        metrics.register(&name("controller"), "Time of an admission plug-in.", figures.plugins.clone());
        figures
    }

    /// A step took so long.
    pub fn step(&self, part: Part, rejected: bool, took: Duration) {
        let (r#type, operation) = (part.step.as_str(), part.operation.as_str());
        let labels = StepLabels { r#type, operation, rejected: text(rejected) };
        self.steps.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// The plug-in called `name`, so far from the first, took so long.
    pub fn plugin(&self, (at, name): (usize, &'static str), part: Part, rejected: bool, took: Duration) {
        let made = || {
            let (r#type, operation) = (part.step.as_str(), part.operation.as_str());
            self.plugins.get_or_create_owned(&PluginLabels { name, r#type, operation, rejected: text(rejected) })
        };
        if let Some(known) = self.known.get(at).and_then(|parts| parts.get(part.place(rejected))) {
            known.get_or_init(made).observe(took.as_secs_f64());
        }
    }
}

const fn text(rejected: bool) -> &'static str {
    if rejected { "true" } else { "false" }
}
