//! When it is written down.

use serde::Deserialize;

/// The moments of a request at which events are written: `audit.k8s.io/v1` Stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Stage {
    /// Before anything is done.
    RequestReceived,
    /// An answer that goes on for long has begun.
    ResponseStarted,
    /// The answer is complete.
    ResponseComplete,
    /// The server failed on the request.
    Panic,
}

impl Stage {
    /// As events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestReceived => "RequestReceived",
            Self::ResponseStarted => "ResponseStarted",
            Self::ResponseComplete => "ResponseComplete",
            Self::Panic => "Panic",
        }
    }
}
