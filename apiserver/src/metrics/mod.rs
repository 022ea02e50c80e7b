//! Figures under upstream's names.

mod metrics;

pub use metrics::{Metrics, RequestLabels};
