//! What can be wrong with a selector.

use crate::status::Status;

/// A selector that cannot be read. Its text is upstream's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// The selector as a whole does not parse.
    #[error("{0}")]
    Syntax(String),
    /// One requirement of it does not.
    #[error("unable to parse requirement: {0}")]
    Requirement(String),
    /// A `metav1.LabelSelector` names an operator that does not exist.
    #[error("{0:?} is not a valid label selector operator")]
    Operator(String),
    /// The kind has no such selectable field.
    #[error("field label not supported: {0}")]
    UnknownField(String),
    /// The kind has no selectable fields beside name and namespace.
    #[error("{0:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")]
    OnlyMetadata(String),
}

impl From<SelectorError> for Status {
    fn from(error: SelectorError) -> Self {
        Self::bad_request(error.to_string())
    }
}
