//! `/healthz`, `/livez`, `/readyz`: upstream's texts.

mod check;
mod report;

pub use check::{Check, FnCheck};
pub(crate) use check::{NamespacesCheck, StoreCheck};
pub use report::{Health, report};
