//! Figures of webhook calls, under upstream's names.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::failure::Failure;
use super::hook::Hook;
use super::verdict::Verdict;
use crate::admit::Operation;
use crate::metrics::Metrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    name: String,
    r#type: &'static str,
    operation: &'static str,
    code: u16,
    rejected: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DurationLabels {
    name: String,
    r#type: &'static str,
    operation: &'static str,
    rejected: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RejectionLabels {
    name: String,
    r#type: &'static str,
    operation: &'static str,
    error_type: &'static str,
    rejection_code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OpenLabels {
    name: String,
    r#type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConditionLabels {
    name: String,
    kind: &'static str,
    r#type: &'static str,
    operation: &'static str,
}

/// Upstream's bounds of the duration of a webhook call, in seconds.
const BOUNDS: [f64; 6] = [0.005, 0.025, 0.1, 0.5, 1.0, 2.5];

/// The figures of all webhook calls. Two of upstream's counters end in `_count` and not in `_total`: they are kept as
/// gauges here, which alone keep that name.
#[derive(Debug)]
pub(crate) struct Figures {
    calls: Family<CallLabels, Counter>,
    durations: Family<DurationLabels, Histogram, fn() -> Histogram>,
    rejections: Family<RejectionLabels, Gauge>,
    open: Family<OpenLabels, Gauge>,
    excluded: Family<ConditionLabels, Counter>,
    conditions_failed: Family<ConditionLabels, Counter>,
}

impl Figures {
    /// Figures that `metrics` shows.
    pub fn new(metrics: &Metrics) -> Self {
        let figures = Self {
            calls: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            rejections: Family::default(),
            open: Family::default(),
            excluded: Family::default(),
            conditions_failed: Family::default(),
        };
        let conditions = "apiserver_admission_match_condition";
        metrics.register(
            &format!("{conditions}_exclusions"),
            "Webhook calls left out because a match condition was false.",
            figures.excluded.clone(),
        );
        metrics.register(
            &format!("{conditions}_evaluation_errors"),
            "Match conditions that had no value.",
            figures.conditions_failed.clone(),
        );
        let prefix = "apiserver_admission_webhook";
        metrics.register(&format!("{prefix}_request"), "Webhook calls.", figures.calls.clone());
        metrics.register(&format!("{prefix}_admission_duration_seconds"), "Time of webhook calls.", figures.durations.clone());
        metrics.register(&format!("{prefix}_rejection_count"), "Requests refused by webhooks.", figures.rejections.clone());
        metrics.register(&format!("{prefix}_fail_open_count"), "Failed calls that were let pass.", figures.open.clone());
        figures
    }

    pub(super) fn called(
        &self,
        hook: &Hook,
        mutating: bool,
        asked: Operation,
        outcome: &Result<Verdict, Failure>,
        took: Duration,
    ) {
        let (name, kind, operation) = (hook.name.clone(), kind(mutating), asked.as_str());
        let (code, error_type) = match outcome {
            Ok(_) => (200, "no_error"),
            Err(Failure::Rejected(status)) => (status.code(), "no_error"),
            Err(Failure::Calling(_)) => (600, "calling_webhook_error"),
            Err(Failure::Final(status)) => (status.code(), "apiserver_internal_error"),
        };
        let rejected = if outcome.is_ok() { "false" } else { "true" };
        let labels = CallLabels { name: name.clone(), r#type: kind, operation, code, rejected };
        self.calls.get_or_create(&labels).inc();
        let labels = DurationLabels { name: name.clone(), r#type: kind, operation, rejected };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
        if outcome.is_err() {
            let labels = RejectionLabels { name, r#type: kind, operation, error_type, rejection_code: code };
            self.rejections.get_or_create(&labels).inc();
        }
    }

    pub(super) fn failed_open(&self, hook: &Hook, mutating: bool) {
        self.open.get_or_create(&OpenLabels { name: hook.name.clone(), r#type: kind(mutating) }).inc();
    }

    pub(super) fn excluded(&self, hook: &Hook, mutating: bool, asked: Operation) {
        self.excluded.get_or_create(&of_conditions(hook, mutating, asked)).inc();
    }

    pub(super) fn conditions_failed(&self, hook: &Hook, mutating: bool, asked: Operation) {
        self.conditions_failed.get_or_create(&of_conditions(hook, mutating, asked)).inc();
    }
}

fn of_conditions(hook: &Hook, mutating: bool, asked: Operation) -> ConditionLabels {
    ConditionLabels { name: hook.name.clone(), kind: "webhook", r#type: kind(mutating), operation: asked.as_str() }
}

const fn kind(mutating: bool) -> &'static str {
    if mutating { "admit" } else { "validating" }
}
