//! `/healthz`, `/livez`, `/readyz`: upstream's texts.

mod check;
mod report;

pub(crate) use check::{BeginningCheck, StoreCheck};
pub use check::{Check, FnCheck};
pub use report::{Health, report};
