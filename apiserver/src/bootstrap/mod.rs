//! What every cluster starts with: namespaces, roles and bindings, priority classes, the Service
//! `kubernetes`, and what extension servers are told.

mod bindings;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod bootstrap;
mod objects;
mod policy;
mod reconcile;
mod roles;

pub use bootstrap::{Bootstrap, BootstrapError, run};
pub(crate) use roles::rules_of;
