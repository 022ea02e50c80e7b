//! Why a command did not succeed.

use kontiki_api::status::{Reason, Status};
use kontiki_runtime::client::http::NoAnswer;

/// Why a command did not succeed. Its text is what kubectl prints.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server refused.
    #[error("{}", refusal(.0))]
    Refused(Box<Status>),
    /// The server does not answer.
    #[error("{}", unanswered(.0))]
    NoAnswer(#[from] NoAnswer),
    /// The connection broke or makes no sense.
    #[error("error: {0}")]
    Connection(String),
    /// The arguments, a file or the configuration are not usable.
    #[error("error: {0}")]
    Usage(String),
    /// A file cannot be read.
    #[error("error: {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The terminal cannot be written to.
    #[error("error: {0}")]
    Output(#[from] std::io::Error),
    /// A program in a container ended with this code.
    #[error("command terminated with exit code {0}")]
    Exit(u8),
    /// Some of several things failed; each has been told already.
    #[error("")]
    Told,
}

impl Failure {
    /// The process's exit code.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Exit(code) => *code,
            _ => 1,
        }
    }

    /// Wrong use, in the user's words.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// Whether the server says that there is no such object.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(status) if status.reason == Reason::NotFound)
    }

    /// Whether the server says that the object has changed meanwhile.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused(status) if status.reason == Reason::Conflict)
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

fn unanswered(why: &NoAnswer) -> String {
    match why {
        NoAnswer::Unreached { server, .. } if why.is_refused() => {
            format!("The connection to the server {server} was refused - did you specify the right host or port?")
        }
        NoAnswer::Unsendable(what) => format!("error: {what}"),
        other => format!("Unable to connect to the server: {other}"),
    }
}

fn refusal(status: &Status) -> String {
    match status.reason {
        Reason::Invalid if !status.details.causes.is_empty() => invalid(status),
        Reason::Unauthorized => "error: You must be logged in to the server (Unauthorized)".into(),
        reason => format!("Error from server ({reason:?}): {}", status.message),
    }
}

/// The faults of an object, one a line where there are several.
fn invalid(status: &Status) -> String {
    let details = &status.details;
    let faults: Vec<String> = details.causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
    let subject = format!("The {} {:?} is invalid", details.kind, details.name);
    match faults.as_slice() {
        [fault] => format!("{subject}: {fault}"),
        faults => format!("{subject}: \n* {}", faults.join("\n* ")),
    }
}
