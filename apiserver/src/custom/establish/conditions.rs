//! The conditions of a definition.

use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::names::Verdict;

/// The annotation that groups of Kubernetes itself need.
const APPROVED: &str = "api-approved.kubernetes.io";

/// The conditions of `definition` under `verdict`.
pub(super) fn conditions(definition: &Value, verdict: &Verdict, now: Time) -> Value {
    let mut conditions = definition["status"]["conditions"].as_array().cloned().unwrap_or_default();
    match &verdict.conflict {
        None => set(&mut conditions, "NamesAccepted", true, "NoConflicts", "no conflicts found", now),
        Some((reason, message)) => set(&mut conditions, "NamesAccepted", false, reason, message, now),
    }
    let established = conditions.iter().any(|condition| condition["type"] == "Established" && condition["status"] == "True");
    match (established, &verdict.conflict) {
        (true, _) => {}
        (false, None) => {
            set(&mut conditions, "Established", true, "InitialNamesAccepted", "the initial names have been accepted", now);
        }
        (false, Some(_)) => set(&mut conditions, "Established", false, "NotAccepted", "not all names are accepted", now),
    }
    if let Some((approved, reason, message)) = approval(definition) {
        set(&mut conditions, "KubernetesAPIApprovalPolicyConformant", approved, reason, &message, now);
    }
    Value::Array(conditions)
}

/// `conditions` with the one of `type` saying so. The time of transition changes with the status alone.
pub(super) fn set(conditions: &mut Vec<Value>, r#type: &str, holds: bool, reason: &str, message: &str, now: Time) {
    let status = if holds { "True" } else { "False" };
    let found = conditions.iter_mut().find(|condition| condition["type"] == r#type);
    match found {
        Some(condition) => {
            if condition["status"] != status {
                condition["lastTransitionTime"] = now.seconds().into();
            }
            condition["status"] = status.into();
            condition["reason"] = reason.into();
            condition["message"] = message.into();
        }
        None => conditions.push(json!({
            "type": r#type, "status": status, "lastTransitionTime": now.seconds(), "reason": reason, "message": message,
        })),
    }
}

fn approval(definition: &Value) -> Option<(bool, &'static str, String)> {
    let group = definition["spec"]["group"].as_str()?;
    let protected = ["k8s.io", "kubernetes.io"].iter().any(|own| group == *own || group.ends_with(&format!(".{own}")));
    if !protected {
        return None;
    }
    let annotation = definition["metadata"]["annotations"][APPROVED].as_str().unwrap_or_default();
    Some(match annotation {
        "" => (
            false,
            "MissingAnnotation",
            format!(
                "protected groups must have approval annotation {APPROVED:?}, see https://github.com/kubernetes/enhancements/pull/1111"
            ),
        ),
        text if text.starts_with("unapproved") => (false, "UnapprovedAnnotation", format!("not approved: {text:?}")),
        text => (true, "ApprovedAnnotation", format!("approved in {text}")),
    })
}
