//! Why a webhook gave no answer.

use std::error::Error;

/// Why a webhook gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The configuration names no place that can be called.
    #[error("{0}")]
    Config(String),
    /// It cannot be reached, or the connection broke.
    #[error("Post {url:?}: {}", innermost(source.as_ref()))]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// It took too long.
    #[error("Post {url:?}: context deadline exceeded")]
    Timeout {
        /// Where.
        url: String,
    },
    /// It answered with a code that is no success.
    #[error("{}", refusal(*code, body))]
    Refused {
        /// The HTTP status code.
        code: u16,
        /// The beginning of the body.
        body: String,
    },
    /// Its answer is longer than is read.
    #[error("Post {url:?}: the answer is longer than {limit} bytes")]
    TooLarge {
        /// Where.
        url: String,
        /// How much is read.
        limit: usize,
    },
}

/// The cause that says most: the last of the chain.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// As client-go tells of a code without a Status.
fn refusal(code: u16, body: &str) -> String {
    match code {
        401 => "Unauthorized".into(),
        403 => "Forbidden".into(),
        404 => "the server could not find the requested resource".into(),
        500.. => format!("an error on the server ({body:?}) has prevented the request from succeeding"),
        _ => format!("the server rejected our request for an unknown reason ({code}: {body:?})"),
    }
}
