//! Why a write did not happen.

use kontiki_api::kind::Kind;
use kontiki_api::meta::Key;
use kontiki_api::status::{Reason, Status};
use kontiki_store::{CommitError, Requirement};

/// A refusal, and whether it may be otherwise when tried again.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The answer.
    Final(Status),
    /// The answer, unless reading again helps, and the object that others write as well, where it is one.
    Stale(Status, Option<Key>),
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        Self::Final(status)
    }
}

impl Fault {
    /// The refusal.
    pub fn into_status(self) -> Status {
        match self {
            Self::Final(status) | Self::Stale(status, _) => status,
        }
    }

    /// What `error` of a commit about `own` means to the client.
    pub fn of(error: CommitError, kind: &Kind, own: &Key) -> Self {
        let (group, plural, name) = (&*kind.group, &*kind.plural, &*own.name);
        match error {
            CommitError::Precondition { key, requirement: Requirement::Absent, .. } if key == *own => {
                Self::Stale(Status::already_exists(group, plural, name), None)
            }
            CommitError::Precondition { key, found: None, .. } if key == *own => {
                Self::Stale(Status::not_found(group, plural, name), None)
            }
            CommitError::Precondition { key, .. } => {
                // Under another definition it is another write: no line leads there.
                let defines = kind.custom.as_ref().is_some_and(|custom| custom.crd().object.key == key);
                Self::Stale(modified(kind, name), Some(key).filter(|_| !defines))
            }
            CommitError::Limit { counter, used, by, limit } => {
                let why = format!("exceeded quota: {counter}, requested: {by}, used: {used}, limited: {limit}");
                Self::Stale(Status::forbidden(group, plural, name, &why), None)
            }
            other => Self::Final(unavailable(other)),
        }
    }
}

/// 409 in upstream's words: the object changed since it was read.
pub(crate) fn modified(kind: &Kind, name: &str) -> Status {
    let why = "the object has been modified; please apply your changes to the latest version and try again";
    Status::conflict(&kind.group, &kind.plural, name, why)
}

/// What a failure of the store itself means to the client.
pub(crate) fn unavailable(error: CommitError) -> Status {
    match error {
        CommitError::Unknown(why) => Status::new(Reason::Timeout, format!("the outcome of the request is not known: {why}")),
        CommitError::Full(why) => {
            let message = format!("there is no room for writes on this master's disk: {why}");
            Status::new(Reason::ServiceUnavailable, message).retry_after(5).answered_as(507, "InsufficientStorage")
        }
        CommitError::Unavailable(why) => {
            Status::new(Reason::ServiceUnavailable, format!("the store does not answer now: {why}")).retry_after(1)
        }
        CommitError::NotLeader => Status::new(Reason::ServiceUnavailable, "this master does not lead the log").retry_after(1),
        CommitError::Superseded { .. } => Status::new(Reason::ServiceUnavailable, error.to_string()),
        CommitError::Refused(why) => Status::new(Reason::RequestEntityTooLarge, format!("the change was refused: {why}")),
        other => Status::internal(other.to_string()),
    }
}
