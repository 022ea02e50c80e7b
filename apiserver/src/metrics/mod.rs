//! Figures under upstream's names.

mod admission;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod metrics;

pub(crate) use admission::{AdmissionFigures, Part};
pub use metrics::{Metrics, RequestLabels};
