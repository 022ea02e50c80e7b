//! The answer of a webhook.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A usable answer.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Whether the request may go on.
    pub allowed: bool,
    /// `metav1.Status` of a refusal.
    pub result: Value,
    /// A JSON patch; empty for none.
    pub patch: Vec<u8>,
    /// For the client.
    pub warnings: Vec<String>,
    /// For the audit.
    pub annotations: Vec<(String, String)>,
}

impl Verdict {
    /// Reads the answer to the request `uid` that was asked in `version`; checks what upstream checks.
    ///
    /// # Errors
    /// What is wrong with it, in upstream's words.
    pub fn read(answer: &[u8], version: &str, uid: &str, mutating: bool) -> Result<Self, String> {
        let answer: Value = serde_json::from_slice(answer)
            .map_err(|error| format!("failed to call webhook: couldn't get version/kind; json parse error: {error}"))?;
        let response = &answer["response"];
        let invalid = |why: String| format!("received invalid webhook response: {why}");
        if !response.is_object() {
            return Err(invalid("webhook response was absent".into()));
        }
        if version == "v1" {
            check(&answer, response, uid, mutating).map_err(invalid)?;
        }
        Ok(Self {
            allowed: response["allowed"].as_bool().unwrap_or_default(),
            result: response["status"].clone(),
            patch: if mutating { patch(response).map_err(invalid)? } else { Vec::new() },
            annotations: annotations(response),
            warnings: response["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect(),
        })
    }
}

fn annotations(response: &Value) -> Vec<(String, String)> {
    let told = response["auditAnnotations"].as_object().into_iter().flatten();
    told.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn patch(response: &Value) -> Result<Vec<u8>, String> {
    let encoded = response["patch"].as_str().unwrap_or_default();
    STANDARD.decode(encoded).map_err(|error| format!("response.patch is no base64: {error}"))
}

fn check(answer: &Value, response: &Value, uid: &str, mutating: bool) -> Result<(), String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if response["uid"] != uid {
        return Err(format!("expected response.uid={uid:?}, got {:?}", text(&response["uid"])));
    }
    let (version, kind) = (text(&answer["apiVersion"]), text(&answer["kind"]));
    if version != "admission.k8s.io/v1" || kind != "AdmissionReview" {
        let version = if version.is_empty() { "/" } else { &version };
        return Err(format!(
            "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got {version}, Kind={kind}"
        ));
    }
    let (patched, typed) = (!text(&response["patch"]).is_empty(), !response["patchType"].is_null());
    match (mutating, patched, typed) {
        (true, true, false) => Err("webhook returned response.patch but not response.patchType".into()),
        (true, false, true) => Err("webhook returned response.patchType but not response.patch".into()),
        (true, true, true) if response["patchType"] != "JSONPatch" => {
            Err(format!("webhook returned invalid response.patchType of {:?}", text(&response["patchType"])))
        }
        (false, true, _) => Err("validating webhook may not return response.patch".into()),
        (false, _, true) => Err("validating webhook may not return response.patchType".into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(response: Value, mutating: bool) -> Result<Verdict, String> {
        let answer = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response});
        Verdict::read(answer.to_string().as_bytes(), "v1", "u", mutating)
    }

    #[test]
    fn answers_that_do_not_fit_the_question_are_told() {
        let told = |response, mutating| read(response, mutating).unwrap_err();
        assert!(told(Value::Null, true).ends_with("webhook response was absent"));
        assert!(told(json!({"uid": "v"}), true).ends_with(r#"expected response.uid="u", got "v""#));
        assert!(told(json!({"uid": "u", "patch": "W10="}), true).ends_with("response.patch but not response.patchType"));
        assert!(told(json!({"uid": "u", "patch": "W10="}), false).ends_with("validating webhook may not return response.patch"));
        assert!(Verdict::read(b"<html>", "v1", "u", true).is_err());
        let verdict = read(json!({"uid": "u", "allowed": true, "patch": "W10=", "patchType": "JSONPatch"}), true).unwrap();
        assert_eq!((verdict.allowed, &*verdict.patch), (true, b"[]".as_slice()));
        let old = json!({"response": {"allowed": true, "patch": "W10="}});
        assert!(Verdict::read(old.to_string().as_bytes(), "v1beta1", "u", true).unwrap().allowed);
    }
}
