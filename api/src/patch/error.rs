//! What can be wrong with a patch.

use crate::status::{Reason, Status};

/// Why a patch cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The body is not JSON, or not JSON of the patch's form.
    #[error("error decoding patch: {0}")]
    Decode(String),
    /// The body is null.
    #[error("Invalid JSON Patch")]
    Null,
    /// More operations than are allowed.
    #[error("The allowed maximum operations in a JSON patch is {limit}, got {count}")]
    TooManyOperations {
        /// How many are allowed.
        limit: usize,
        /// How many there are.
        count: usize,
    },
    /// An operation cannot be carried out on this object.
    #[error("the operations do not fit the object: {0}")]
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
            Self::Decode(_) | Self::Null | Self::Directive(_) | Self::NotAnObject => Reason::BadRequest,
            Self::TooManyOperations { .. } => Reason::RequestEntityTooLarge,
            Self::Operation(_) | Self::Strategic(_) => Reason::Invalid,
            Self::NoSchema | Self::ServerSideApply => Reason::UnsupportedMediaType,
        }
    }
}

impl From<PatchError> for Status {
    fn from(error: PatchError) -> Self {
        match &error {
            // Upstream does not tell which operation it is.
            PatchError::Operation(_) => {
                Self::new(Reason::Invalid, "the server rejected our request due to an error in our request").with_details()
            }
            _ => Self::new(error.reason(), error.to_string()),
        }
    }
}
