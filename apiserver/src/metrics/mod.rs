//! Figures under upstream's names.

#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod metrics;

pub use metrics::{Metrics, RequestLabels};
