//! Why a runtime did not do something.

/// Why a runtime did not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    /// The runtime does not answer at all.
    #[error("cannot reach the container runtime: {0}")]
    Unreachable(String),
    /// There is no such container or image.
    #[error("{0}")]
    NotFound(String),
    /// A container of that name is there.
    #[error("{0}")]
    Conflict(String),
    /// The runtime refused; its own words.
    #[error("{0}")]
    Refused(String),
}
