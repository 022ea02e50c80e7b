//! How much is written down.

use serde::Deserialize;

/// How much of a request is written down: `audit.k8s.io/v1` Level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Level {
    /// Nothing.
    #[default]
    None,
    /// Who asked what, and how it ended.
    Metadata,
    /// The body of the request too.
    Request,
    /// The body of the answer too.
    RequestResponse,
}

impl Level {
    /// As events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Metadata => "Metadata",
            Self::Request => "Request",
            Self::RequestResponse => "RequestResponse",
        }
    }
}
