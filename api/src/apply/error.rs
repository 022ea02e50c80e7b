//! Why a configuration cannot be applied.

use super::check::Fault;
use super::conflict::{Conflict, refusal};
use crate::status::Status;

/// Why a configuration cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// It says itself who manages what.
    #[error("metadata.managedFields must be nil")]
    ManagedFields,
    /// Its version is not served.
    #[error("no schema is known for version {0:?}")]
    NoSchema(String),
    /// It does not fit its schema.
    #[error("failed to create typed patch object ({subject}): {}", told(faults))]
    Schema {
        /// Namespace, name, version and kind.
        subject: String,
        /// What does not fit.
        faults: Vec<Fault>,
    },
    /// Others own fields that it would change.
    #[error("the configuration conflicts with {} managers", .0.len())]
    Conflicts(Vec<Conflict>),
}

fn told(faults: &[Fault]) -> String {
    match faults {
        [only] => only.to_string(),
        faults => {
            let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
            format!("errors:{}", lines.concat())
        }
    }
}

impl From<ApplyError> for Status {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Conflicts(conflicts) => refusal(&conflicts),
            other => Self::bad_request(other.to_string()),
        }
    }
}
