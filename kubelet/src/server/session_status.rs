//! How a session ended, as clients are told.

use serde_json::{Value, json};

/// The Status of a process that ended with `code`.
pub fn exit_status(code: i64) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    json!({
        "metadata": {},
        "status": "Failure",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}

/// The Status of a session that could not be held.
pub fn failure(message: &str) -> Value {
    json!({"metadata": {}, "status": "Failure", "message": message, "reason": "InternalError", "code": 500})
}

/// What goes onto the error stream: the Status, or for clients older than v4 its message, and nothing of a success.
pub fn last_words(status: &Value, as_status: bool) -> String {
    match as_status {
        true => status.to_string(),
        false => status.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
    }
}
