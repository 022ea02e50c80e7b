//! What can be wrong with a patch.

use crate::status::{Reason, Status};

/// Why a patch cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The body is not JSON, or not JSON of the patch's form.
    #[error("{0}")]
    Decode(String),
    /// The body is not a merge patch.
    #[error("Invalid JSON Patch")]
    Merge,
    /// More operations than are allowed.
    #[error("The allowed maximum operations in a JSON patch is {limit}, got {count}")]
    TooManyOperations {
        /// How many are allowed.
        limit: usize,
        /// How many there are.
        count: usize,
    },
    /// An operation cannot be carried out on this object.
    #[error("{0}")]
    Operation(String),
    /// A directive of a strategic merge patch is malformed.
    #[error("{0}")]
    Directive(String),
    /// A strategic merge patch does not fit the object.
    #[error("{0}")]
    Strategic(String),
    /// The kind has no schema to merge by.
    #[error(
        "the body of the request was in an unknown format - accepted media types include: \
         application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    )]
    NoSchema,
    /// A configuration is not a patch of the object: [`crate::apply`] merges it.
    #[error("a configuration to be applied cannot be merged as a patch here")]
    ServerSideApply,
    /// What comes out is not an object.
    #[error("the patch does not leave an object")]
    NotAnObject,
}

impl PatchError {
    const fn reason(&self) -> Reason {
        match self {
            Self::Decode(_) | Self::Merge | Self::Directive(_) | Self::NotAnObject => Reason::BadRequest,
            Self::TooManyOperations { .. } => Reason::RequestEntityTooLarge,
            Self::Operation(_) | Self::Strategic(_) => Reason::Invalid,
            Self::NoSchema | Self::ServerSideApply => Reason::UnsupportedMediaType,
        }
    }
}

impl PatchError {
    /// What clients are told: as upstream, of an operation no more than that it does not fit.
    pub fn into_status(self) -> Status {
        match self {
            Self::Operation(_) => {
                Status::new(Reason::Invalid, "the server rejected our request due to an error in our request").with_details()
            }
            other => Status::new(other.reason(), other.to_string()),
        }
    }
}

impl From<PatchError> for Status {
    fn from(error: PatchError) -> Self {
        error.into_status()
    }
}
