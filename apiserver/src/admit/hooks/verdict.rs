//! The answer of a webhook.

use kontiki_api::go::from_base64;
use kontiki_api::yaml;
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
    /// The type that it is said to be of.
    pub patch_type: String,
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
        let answer = parsed(answer)
            .map_err(|why| format!("failed to call webhook: couldn't get version/kind; json parse error: {why}"))?;
        let unreadable = |why: String| format!("failed to call webhook: {why}");
        readable(&answer, version).map_err(unreadable)?;
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
            patch: if mutating { patch(response).map_err(unreadable)? } else { Vec::new() },
            patch_type: response["patchType"].as_str().unwrap_or("JSONPatch").to_owned(),
            annotations: annotations(response),
            warnings: response["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect(),
        })
    }
}

/// The answer, which may be YAML, as everywhere in Kubernetes.
fn parsed(answer: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(answer).or_else(|error| {
        let document = yaml::excess(answer).is_none().then(|| yaml::read_body(answer, yaml::Duplicates::LastWins).ok()).flatten();
        let told = if error.is_eof() { "unexpected end of JSON input".to_owned() } else { error.to_string() };
        document.filter(Value::is_object).filter(|_| !answer.starts_with(b"{")).ok_or(told)
    })
}

fn annotations(response: &Value) -> Vec<(String, String)> {
    let told = response["auditAnnotations"].as_object().into_iter().flatten();
    told.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn patch(response: &Value) -> Result<Vec<u8>, String> {
    from_base64(response["patch"].as_str().unwrap_or_default())
}

/// Whether `answer` is a review of `version`, whose fields are of their types. What it does not say that it is may be anything.
fn readable(answer: &Value, version: &str) -> Result<(), String> {
    let text = |field: &str| answer[field].as_str().unwrap_or_default();
    match (text("apiVersion"), text("kind")) {
        ("", _) | (_, "") => {}
        (group, "AdmissionReview") if group == format!("admission.k8s.io/{version}") => {}
        (group @ ("admission.k8s.io/v1" | "admission.k8s.io/v1beta1" | "v1"), kind @ ("AdmissionReview" | "Status")) => {
            let found = group.rsplit('/').next().unwrap_or_default();
            return Err(format!("converting ({found}.{kind}) to ({version}.AdmissionReview): unknown conversion"));
        }
        (group, kind) => {
            let scheme = "k8s.io/apiserver/pkg/util/webhook/client.go:71";
            return Err(format!("no kind {kind:?} is registered for version {group:?} in scheme {scheme:?}"));
        }
    }
    let response = &answer["response"];
    if !response.is_object() && !response.is_null() {
        return Err(mistyped(response, "AdmissionReview.response", &format!("{version}.AdmissionResponse")));
    }
    for (field, typed) in [("uid", "types.UID"), ("allowed", "bool"), ("status", "v1.Status"), ("patchType", "v1.PatchType")] {
        let value = &response[field];
        let fits = match typed {
            "bool" => value.is_boolean(),
            "v1.Status" => value.is_object(),
            _ => value.is_string(),
        };
        if !fits && !value.is_null() {
            return Err(mistyped(value, &format!("AdmissionResponse.response.{field}"), typed));
        }
    }
    let (warnings, annotations) = (&response["warnings"], &response["auditAnnotations"]);
    let texts = [
        (warnings, "warnings", "[]string", warnings.is_array()),
        (annotations, "auditAnnotations", "map[string]string", annotations.is_object()),
    ];
    for (value, field, typed, fits) in texts {
        let path = format!("AdmissionResponse.response.{field}");
        if !fits && !value.is_null() {
            return Err(mistyped(value, &path, typed));
        }
        let mut items = value.as_array().into_iter().flatten().chain(value.as_object().into_iter().flat_map(|map| map.values()));
        if let Some(other) = items.find(|item| !item.is_string() && !item.is_null()) {
            return Err(mistyped(other, &path, "string"));
        }
    }
    Ok(())
}

/// As Go tells of a field of another type.
fn mistyped(value: &Value, field: &str, typed: &str) -> String {
    let found = match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        _ => "object",
    };
    format!("json: cannot unmarshal {found} into Go struct field {field} of type {typed}")
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
        (true, _, true) if response["patchType"] == "" => Err("webhook returned invalid response.patchType of \"\"".into()),
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
        for (response, why) in [
            (json!({"allowed": "yes"}), "string into Go struct field AdmissionResponse.response.allowed of type bool"),
            (json!([]), "array into Go struct field AdmissionReview.response of type v1.AdmissionResponse"),
            (json!({"warnings": "w"}), "string into Go struct field AdmissionResponse.response.warnings of type []string"),
            (
                json!({"auditAnnotations": {"a": 1}}),
                "number into Go struct field AdmissionResponse.response.auditAnnotations of type string",
            ),
        ] {
            assert_eq!(told(response, false), format!("failed to call webhook: json: cannot unmarshal {why}"));
        }
        assert!(
            told(json!({"uid": "u", "patch": "*", "patchType": "JSONPatch"}), true)
                .ends_with("illegal base64 data at input byte 0")
        );
        let other = json!({"apiVersion": "v1", "kind": "Status", "message": "no"}).to_string();
        let why = "failed to call webhook: converting (v1.Status) to (v1.AdmissionReview): unknown conversion";
        assert_eq!(Verdict::read(other.as_bytes(), "v1", "u", true).unwrap_err(), why);
        let verdict = read(json!({"uid": "u", "allowed": true, "patch": "W10=", "patchType": "JSONPatch"}), true).unwrap();
        assert_eq!((verdict.allowed, &*verdict.patch), (true, b"[]".as_slice()));
        let yaml = b"apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nresponse: {uid: u, allowed: true}\n";
        assert!(Verdict::read(yaml, "v1", "u", true).unwrap().allowed);
        assert!(
            Verdict::read(b"{\"a\":", "v1", "u", true).unwrap_err().ends_with("json parse error: unexpected end of JSON input")
        );
        let old = json!({"response": {"allowed": true, "patch": "W10="}});
        assert!(Verdict::read(old.to_string().as_bytes(), "v1beta1", "u", true).unwrap().allowed);
    }
}
