//! Figures of admission policies, under upstream's names.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

use super::Metrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CheckLabels {
    policy: String,
    policy_binding: String,
    error_type: &'static str,
    enforcement_action: &'static str,
}

/// Upstream's bounds, in seconds.
const BOUNDS: [f64; 5] = [0.000_000_5, 0.001, 0.01, 0.1, 1.0];

/// How often policies were asked, what they said, and how long it took them.
#[derive(Debug)]
pub(crate) struct PolicyFigures {
    checks: Family<CheckLabels, Counter>,
    durations: Family<CheckLabels, Histogram, fn() -> Histogram>,
}

/// What came of one policy under one binding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked<'a> {
    /// The policy's name.
    pub policy: &'a str,
    /// The binding's name.
    pub binding: &'a str,
    /// Whether the policy could not be evaluated.
    pub failed: bool,
    /// `allow`, `deny`, `warn` or `audit`.
    pub action: &'static str,
}

impl Default for PolicyFigures {
    fn default() -> Self {
        Self { checks: Family::default(), durations: Family::new_with_constructor(|| Histogram::new(BOUNDS)) }
    }
}

impl PolicyFigures {
    /// Shows them in `metrics`, of policies that are `validating` or `mutating`.
    pub fn register(&self, metrics: &Metrics, which: &str) {
        let name = |of: &str| format!("apiserver_{which}_admission_policy_{of}");
        metrics.register(&name("check"), "Policies asked, by what they said.", self.checks.clone());
        metrics.register(&name("check_duration_seconds"), "Time that policies took.", self.durations.clone());
    }

    /// A policy was asked, which took so long.
    pub fn checked(&self, checked: Checked<'_>, took: Duration) {
        let labels = CheckLabels {
            policy: checked.policy.into(),
            policy_binding: checked.binding.into(),
            error_type: if checked.failed { "invalid_error" } else { "no_error" },
            enforcement_action: checked.action,
        };
        self.checks.get_or_create(&labels).inc();
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
    }
}
