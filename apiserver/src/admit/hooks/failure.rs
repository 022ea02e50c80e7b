//! Why a webhook does not let a request pass.

use kontiki_api::status::{Details, Reason, Status, StatusCause};
use serde::Deserialize;
use serde_json::Value;

/// Why a webhook does not let a request pass.
#[derive(Debug)]
pub(super) enum Failure {
    /// It could not be called, or answered nothing usable: its failure policy decides.
    Calling(String),
    /// It says no.
    Rejected(Status),
    /// The request fails, whatever the policy.
    Final(Status),
}

impl Failure {
    /// What the client is told of webhook `name`.
    pub fn into_status(self, name: &str) -> Status {
        match self {
            Self::Calling(why) => internal(&format!("failed calling webhook {name:?}: {why}")),
            Self::Rejected(status) | Self::Final(status) => status,
        }
    }
}

/// 500 in upstream's words.
pub(super) fn internal(why: &str) -> Status {
    let cause = StatusCause { reason: String::new(), message: why.into(), field: String::new() };
    Status::internal(format!("Internal error occurred: {why}")).because(cause)
}

/// 400: a dry run may have no side effects.
pub(super) fn no_dry_run(name: &str) -> Status {
    Status::bad_request(format!("admission webhook {name:?} does not support dry run"))
}

/// What the client is told of a refusal with `result`, a `metav1.Status`.
pub(super) fn denial(name: &str, result: &Value) -> Status {
    let text = |field: &str| result.get(field).and_then(Value::as_str).unwrap_or_default();
    let why = match (text("message"), text("reason")) {
        ("", "") => " without explanation".to_owned(),
        ("", reason) => format!(": {reason}"),
        (message, _) => format!(": {message}"),
    };
    let code = result.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok()).unwrap_or_default();
    let code = if (400..1000).contains(&code) { code } else { 400 };
    let message = format!("admission webhook {name:?} denied the request{why}");
    let mut status = Status::new(Reason::of_code(code), message).answered_as(code, text("reason"));
    if let Some(details) = result.get("details").and_then(|details| Details::deserialize(details).ok()) {
        *status.details = details;
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refusal_carries_the_webhooks_own_code_and_reason() {
        let told = denial("deny.example.com", &json!({"message": "no", "code": 403, "reason": "Forbidden"}));
        assert_eq!(told.message, r#"admission webhook "deny.example.com" denied the request: no"#);
        assert_eq!((told.code(), told.reason), (403, Reason::Forbidden));
        let told = denial("d", &json!({"reason": "BecauseISaySo", "code": 418})).to_value();
        assert_eq!((&told["code"], &told["reason"]), (&json!(418), &json!("BecauseISaySo")));
        assert_eq!(told["message"], r#"admission webhook "d" denied the request: BecauseISaySo"#);
        let told = denial("d", &Value::Null);
        assert_eq!((told.code(), &*told.message), (400, r#"admission webhook "d" denied the request without explanation"#));
    }
}
