//! Requests that nobody answered.

use std::error::Error;

use kontiki_api::status::{Reason, Status};

type Cause = Box<dyn Error + Send + Sync>;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// There is no connection: nothing was sent.
    #[error("{server}: {}", causes(&**.source))]
    Unreached {
        /// Host and port.
        server: String,
        /// Why.
        source: Cause,
    },
    /// The connection broke: whether the request was carried out is not known.
    #[error("{server}: {}", causes(&**.source))]
    Broken {
        /// Host and port.
        server: String,
        /// Why.
        source: Cause,
    },
    /// The answer did not begin in time: whether the request was carried out is not known.
    #[error("{server}: did not answer in time")]
    Late {
        /// Host and port.
        server: String,
    },
    /// The path or a header cannot be sent.
    #[error("{0}")]
    Unsendable(String),
}

impl NoAnswer {
    /// Whether nobody listens there.
    pub fn is_refused(&self) -> bool {
        let Self::Unreached { source, .. } = self else { return false };
        let mut cause: Option<&(dyn Error + 'static)> = Some(&**source);
        while let Some(error) = cause {
            if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused) {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

impl From<NoAnswer> for Status {
    fn from(error: NoAnswer) -> Self {
        let reason = match error {
            NoAnswer::Unreached { .. } => Reason::ServiceUnavailable,
            NoAnswer::Broken { .. } | NoAnswer::Late { .. } => Reason::Timeout,
            NoAnswer::Unsendable(_) => Reason::BadRequest,
        };
        Self::new(reason, error.to_string())
    }
}

/// An error with everything below it, in one line.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
