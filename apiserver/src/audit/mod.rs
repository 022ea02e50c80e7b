//! The audit log: who asked what of the cluster, when, and what came of it, as `audit.k8s.io/v1` events.
//!
//! Follows upstream's auditing: a policy decides by user, verb and target how much of a request is written down, at which
//! stages; events are JSON lines in a file that is rotated, or on standard output. Requests wait for room in a bounded
//! buffer, never for the disk. Values of secrets and tokens are not written, whatever the policy says.
//!
//! Steps of the pipeline note what they have to say with [`annotate`]; without an audit that costs nothing.

#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod audit;
mod error;
mod event;
mod figures;
mod level;
mod log_file;
mod note;
mod options;
mod policy;
mod redact;
mod rule;
mod sink;
mod stage;
#[cfg(test)]
mod tests;
mod trail;

pub use audit::Audit;
pub use error::AuditError;
pub(crate) use event::{Head, source_addresses};
pub use level::Level;
pub(crate) use note::{annotate, annotations, answered, answered_elsewhere, impersonates, is_noted, sent};
pub use options::{AuditMode, AuditOptions};
pub use policy::Policy;
pub use stage::Stage;
pub(crate) use trail::Trail;
