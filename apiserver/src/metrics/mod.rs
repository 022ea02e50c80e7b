//! Figures under upstream's names.

mod access;
mod admission;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod metrics;
mod plain;
mod policies;
mod process;
mod sizes;

pub(crate) use access::AccessFigures;
pub(crate) use admission::{AdmissionFigures, Part, Step};
pub use metrics::{Metrics, RequestLabels, Watched};
pub(crate) use plain::{PLAIN, plain};
pub(crate) use policies::{Checked, PolicyFigures};
pub use sizes::Sizes;
