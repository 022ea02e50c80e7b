//! `metav1.Status`: how every refusal is told.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The machine-readable class of a refusal: `metav1.StatusReason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// 400: the request cannot be read.
    BadRequest,
    /// 401: who is asking is not known.
    Unauthorized,
    /// 403: who is asking may not.
    Forbidden,
    /// 404: no such object or path.
    NotFound,
    /// 405: the path has no such verb.
    MethodNotAllowed,
    /// 406: none of the accepted media types is offered.
    NotAcceptable,
    /// 409: an object of that name is there.
    AlreadyExists,
    /// 409: the object has changed since it was read.
    Conflict,
    /// 410: the revision is no longer kept.
    Expired,
    /// 410: it was there and is no longer.
    Gone,
    /// 413: the body is too large.
    RequestEntityTooLarge,
    /// 415: the body's media type is not understood here.
    UnsupportedMediaType,
    /// 422: the object is not valid; `causes` name the fields.
    Invalid,
    /// 429: try later.
    TooManyRequests,
    /// 500: our fault.
    InternalError,
    /// 503: not now.
    ServiceUnavailable,
    /// 504: it took too long.
    Timeout,
    /// 500: the server asks for another name (`generateName` collisions).
    ServerTimeout,
}

impl Reason {
    /// The HTTP status code of this reason.
    pub const fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::NotAcceptable => 406,
            Self::AlreadyExists | Self::Conflict => 409,
            Self::Expired | Self::Gone => 410,
            Self::RequestEntityTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Invalid => 422,
            Self::TooManyRequests => 429,
            Self::InternalError | Self::ServerTimeout => 500,
            Self::ServiceUnavailable => 503,
            Self::Timeout => 504,
        }
    }

    /// The reason that says most of what `code` says.
    pub const fn of_code(code: u16) -> Self {
        match code {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            406 => Self::NotAcceptable,
            409 => Self::Conflict,
            410 => Self::Gone,
            413 => Self::RequestEntityTooLarge,
            415 => Self::UnsupportedMediaType,
            422 => Self::Invalid,
            429 => Self::TooManyRequests,
            503 => Self::ServiceUnavailable,
            504 => Self::Timeout,
            500.. => Self::InternalError,
            _ => Self::BadRequest,
        }
    }
}

/// One entry of `details.causes`: `metav1.StatusCause`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCause {
    /// Upstream's cause type, such as `FieldValueInvalid`; empty where none applies.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What is wrong, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Path of the field, such as `spec.containers[0].name`; empty where none applies.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
}

/// `details` of a Status: what the refusal is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Details {
    /// Name of the object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Its kind, or the plural of its resource, as upstream does per reason.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Its uid.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// The single faults.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<StatusCause>,
    /// Seconds to wait before the next try; 0 for none.
    #[serde(skip_serializing_if = "is_zero")]
    pub retry_after_seconds: u32,
    /// The token with which an expired list may go on, though it no longer shows one revision: it
    /// travels in the metadata of the Status. Empty for none.
    #[serde(skip)]
    pub next: String,
    /// What the client is warned of besides: it travels in headers.
    #[serde(skip)]
    pub warnings: Vec<String>,
    /// They are shown though they are empty.
    #[serde(skip)]
    pub shown: bool,
    /// The refusal is told in this text instead of JSON, as upstream tells of paths that it does not route.
    #[serde(skip)]
    pub plain: &'static str,
}

impl Details {
    /// Whether there is nothing to tell in a body.
    fn is_empty(&self) -> bool {
        let Self { name, group, kind, uid, causes, retry_after_seconds, shown, .. } = self;
        !shown
            && name.is_empty()
            && group.is_empty()
            && kind.is_empty()
            && uid.is_empty()
            && causes.is_empty()
            && is_zero(retry_after_seconds)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Code and reason in the words of who refused, where no [`Reason`] has just these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    code: u16,
    reason: String,
}

/// A refusal: `metav1.Status` with `status: Failure`. The one error type of the API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Status {
    /// Why, for programs.
    pub reason: Reason,
    /// Why, for people: says what and where.
    pub message: String,
    /// What it is about. Boxed: errors travel in `Result`s of every call.
    #[serde(default)]
    pub details: Box<Details>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<Box<Told>>,
}

impl Status {
    /// A refusal without details.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), details: Box::default(), told: None }
    }

    /// 400 with a message.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Reason::BadRequest, message)
    }

    /// 500 with a message.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Reason::InternalError, message)
    }

    /// 404 in upstream's words: `pods "x" not found`.
    pub fn not_found(group: &str, plural: &str, name: &str) -> Self {
        let subject = qualified(group, plural);
        Self::new(Reason::NotFound, format!("{subject} {name:?} not found")).about(group, plural, name)
    }

    /// 409 in upstream's words: `pods "x" already exists`.
    pub fn already_exists(group: &str, plural: &str, name: &str) -> Self {
        let subject = qualified(group, plural);
        Self::new(Reason::AlreadyExists, format!("{subject} {name:?} already exists")).about(group, plural, name)
    }

    /// 409 in upstream's words, for a write that read an older revision.
    pub fn conflict(group: &str, plural: &str, name: &str, why: &str) -> Self {
        let subject = qualified(group, plural);
        let message = format!("Operation cannot be fulfilled on {subject} {name:?}: {why}");
        Self::new(Reason::Conflict, message).about(group, plural, name)
    }

    /// 403 in upstream's words.
    pub fn forbidden(group: &str, plural: &str, name: &str, why: &str) -> Self {
        let subject = qualified(group, plural);
        let message = if name.is_empty() {
            format!("{subject} is forbidden: {why}")
        } else {
            format!("{subject} {name:?} is forbidden: {why}")
        };
        Self::new(Reason::Forbidden, message).about(group, plural, name)
    }

    /// 404 of a path that nothing serves, which upstream tells in plain text.
    pub fn unrouted() -> Self {
        let mut status = Self::unknown();
        status.details.plain = "404 page not found\n";
        status
    }

    /// 400 of a path that cannot be decoded, which Go tells in plain text.
    pub fn unreadable() -> Self {
        let mut status = Self::bad_request("the path holds an escape that is none");
        status.details.plain = "400 Bad Request";
        status
    }

    /// 404 of a path below one that is served.
    pub fn unknown() -> Self {
        Self::new(Reason::NotFound, "the server could not find the requested resource").with_details()
    }

    /// 405 of a path that is served, though not for this method.
    pub fn no_such_method() -> Self {
        Self::new(Reason::MethodNotAllowed, "the server does not allow this method on the requested resource").with_details()
    }

    /// Shows `details` though they say nothing, as upstream does of a few refusals.
    #[must_use]
    pub fn with_details(mut self) -> Self {
        self.details.shown = true;
        self
    }

    /// 405 in upstream's words, of a resource without that verb.
    pub fn no_such_verb(group: &str, plural: &str, verb: &str) -> Self {
        let message = format!("{verb} is not supported on resources of kind {:?}", qualified(group, plural));
        Self::new(Reason::MethodNotAllowed, message).about(group, plural, "")
    }

    /// 410: `revision` is older than what is kept.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(Reason::Expired, message)
    }

    /// Names the object this is about.
    #[must_use]
    pub fn about(mut self, group: &str, kind: &str, name: &str) -> Self {
        self.details.group = group.into();
        self.details.kind = kind.into();
        self.details.name = name.into();
        self
    }

    /// Adds one cause.
    #[must_use]
    pub fn because(mut self, cause: StatusCause) -> Self {
        self.details.causes.push(cause);
        self
    }

    /// Asks the client to wait `seconds` before it tries again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.details.retry_after_seconds = seconds;
        self
    }

    /// The same refusal, told with `code` and `reason` (empty for none): a webhook chooses both freely.
    #[must_use]
    pub fn answered_as(mut self, code: u16, reason: &str) -> Self {
        self.told = Some(Box::new(Told { code, reason: reason.into() }));
        self
    }

    /// Warns of `warnings` first, and then of what it warned of already.
    #[must_use]
    pub fn warned(mut self, warnings: Vec<String>) -> Self {
        let own = std::mem::replace(&mut self.details.warnings, warnings);
        self.details.warnings.extend(own);
        self
    }

    /// The HTTP status code.
    pub fn code(&self) -> u16 {
        self.told.as_ref().map_or_else(|| self.reason.code(), |told| told.code)
    }

    /// The JSON body a client receives.
    pub fn to_value(&self) -> Value {
        let metadata = if self.details.next.is_empty() { json!({}) } else { json!({"continue": self.details.next}) };
        let reason = self.told.as_ref().map_or_else(|| json!(self.reason), |told| told.reason.as_str().into());
        let mut body =
            json!({"kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure", "message": self.message});
        if reason != "" {
            body["reason"] = reason;
        }
        if !self.details.is_empty() {
            body["details"] = json!(self.details);
        }
        body["code"] = self.code().into();
        body
    }

    /// Reads the JSON body of a refusal, of any conformant server.
    pub fn from_value(value: &Value) -> Option<Self> {
        let code = value.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let known = value.get("reason").and_then(|reason| Reason::deserialize(reason).ok());
        let reason = known.or_else(|| code.filter(|code| *code >= 400).map(Reason::of_code))?;
        let message = value.get("message").and_then(Value::as_str).unwrap_or_default();
        let details = value.get("details").and_then(|details| Details::deserialize(details).ok()).unwrap_or_default();
        Some(Self { details: Box::new(details), ..Self::new(reason, message) })
    }
}

/// `plural.group`, as refusals name a resource.
fn qualified(group: &str, plural: &str) -> String {
    if group.is_empty() { plural.into() } else { format!("{plural}.{group}") }
}
