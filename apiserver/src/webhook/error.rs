//! Why a webhook gave no answer.

use std::error::Error;

use serde_json::Value;

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
    /// Its answer holds nothing.
    #[error("0-length response with status code: {code} and content type: {media}")]
    Empty {
        /// The HTTP status code.
        code: u16,
        /// Its `Content-Type`.
        media: String,
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

/// The cause that says most: the last of the chain, as Go writes it.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    let told = error.to_string();
    match told.split_once(" (os error") {
        Some((step, _)) => match step.rsplit_once(": ") {
            Some((step, why)) => format!("{step}: {}", why.to_lowercase()),
            None => step.to_lowercase(),
        },
        None => told,
    }
}

/// As client-go tells of a code: in the words of the Status in the body, where there is one.
fn refusal(code: u16, body: &str) -> String {
    let status: Option<Value> = serde_json::from_str(body).ok().filter(|status: &Value| status["kind"] == "Status");
    if let Some(message) = status.as_ref().and_then(|status| status["message"].as_str()) {
        return message.to_owned();
    }
    let body = if body.is_empty() { "unknown" } else { body };
    let told = match code {
        400 => "the server rejected our request for an unknown reason",
        401 => "the server has asked for the client to provide credentials",
        403 | 415 => body,
        404 => "the server could not find the requested resource",
        405 => "the server does not allow this method on the requested resource",
        409 => "the server reported a conflict",
        422 => "the server rejected our request due to an error in our request",
        429 => "the server has received too many requests and has asked us to try again later",
        503 => "the server is currently unable to handle the request",
        504 => "the server was unable to return a response in the time allotted, but may still be processing the request",
        500.. => return format!("an error on the server ({body:?}) has prevented the request from succeeding"),
        _ => return format!("the server responded with the status code {code} but did not return more information"),
    };
    told.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_as_client_go_tells_it() {
        for (code, body, told) in [
            (403, "no way", "no way"),
            (418, "teapot", "the server responded with the status code 418 but did not return more information"),
            (500, "", "an error on the server (\"unknown\") has prevented the request from succeeding"),
            (500, r#"{"kind":"Status","message":"hm"}"#, "hm"),
            (503, "x", "the server is currently unable to handle the request"),
        ] {
            assert_eq!(refusal(code, body), told, "{code}");
        }
        let refused = std::io::Error::from_raw_os_error(111);
        assert_eq!(innermost(&refused), "connection refused");
        let wrapped = std::io::Error::other(format!("dial tcp 1.2.3.4:1: connect: {refused}"));
        assert_eq!(innermost(&wrapped), "dial tcp 1.2.3.4:1: connect: connection refused");
    }
}
