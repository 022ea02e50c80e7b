//! Signing requests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{SPEC, list, text};
use crate::kind::validate::{Distinct, Faults, Path, dns_label_fault, dns_subdomain_fault};

/// What is true of a request for good.
const ENDS: [&str; 3] = ["Approved", "Denied", "Failed"];
/// What is decided through `approval` alone.
const DECISIONS: [&str; 2] = ["Approved", "Denied"];
/// The signer of requests that named none, when that was possible.
const LEGACY: &str = "kubernetes.io/legacy-unknown";
/// Longest name of a signer with and without a domain in front.
const MAX_SIGNER: usize = 571;

/// What signers are asked.
pub(super) fn signing_request(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    let request = STANDARD.decode(text(spec, "request")).unwrap_or_default();
    if !String::from_utf8_lossy(&request).contains("-----BEGIN CERTIFICATE REQUEST-----") {
        let why = "PEM block type must be CERTIFICATE REQUEST";
        faults.invalid(&path.child("request"), &spec["request"], why);
    }
    match text(spec, "signerName") {
        "" => {}
        LEGACY => {
            let why = "the legacy signerName is not allowed via this API version";
            faults.invalid_text(&path.child("signerName"), LEGACY, why);
        }
        name => signer(name, &path.child("signerName"), faults),
    }
    usages(list(spec, "usages"), &path.child("usages"), faults);
    if spec.get("expirationSeconds").and_then(Value::as_i64).is_some_and(|seconds| seconds < 600) {
        let why = "may not specify a duration less than 600 seconds (10 minutes)";
        faults.invalid(&path.child("expirationSeconds"), &spec["expirationSeconds"], why);
    }
    conditions(object, faults);
}

/// A domain with a path of names behind it.
pub(super) fn signer(name: &str, path: &Path<'_>, faults: &mut Faults) {
    let segments: Vec<&str> = name.split('/').collect();
    let [domain, rest] = segments.as_slice() else {
        let why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        return faults.invalid_text(path, name, why);
    };
    if let Some(why) = dns_subdomain_fault(domain) {
        faults.invalid_text(path, domain, format!("validating label {domain:?}: {why}"));
    }
    if !domain.contains('.') {
        faults.invalid_text(path, domain, "should be a domain with at least two segments separated by dots");
    }
    for label in rest.split('.') {
        if let Some(why) = dns_label_fault(label) {
            faults.invalid_text(path, rest, format!("validating label {label:?}: {why}"));
        }
    }
    if name.len() > MAX_SIGNER {
        faults.too_long(path, MAX_SIGNER);
    }
}

fn usages(usages: &[Value], path: &Path<'_>, faults: &mut Faults) {
    const KNOWN: [&str; 23] = [
        "any",
        "cert sign",
        "client auth",
        "code signing",
        "content commitment",
        "crl sign",
        "data encipherment",
        "decipher only",
        "digital signature",
        "email protection",
        "encipher only",
        "ipsec end system",
        "ipsec tunnel",
        "ipsec user",
        "key agreement",
        "key encipherment",
        "microsoft sgc",
        "netscape sgc",
        "ocsp signing",
        "s/mime",
        "server auth",
        "signing",
        "timestamping",
    ];
    let mut known = Distinct::default();
    for (at, usage) in usages.iter().enumerate() {
        faults.one_of(&path.index(at), Some(usage), &KNOWN);
        if known.repeats(usage) {
            faults.duplicate(&path.index(at), usage);
        }
    }
}

fn conditions(object: &Value, faults: &mut Faults) {
    let (mut decided, mut known) = (None, Distinct::default());
    let status = Path::new("status");
    let field = status.child("conditions");
    for (at, condition) in list(&object["status"], "conditions").iter().enumerate() {
        let (at_path, kind) = (field.index(at), text(condition, "type"));
        if kind.is_empty() {
            faults.required(&at_path.child("type"), "");
        }
        match text(condition, "status") {
            "" => faults.required(&at_path.child("status"), ""),
            state if ENDS.contains(&kind) && state != "True" => faults.unsupported(&at_path.child("status"), state, &["True"]),
            state => faults.one_of(&at_path.child("status"), Some(&state.into()), &["False", "True", "Unknown"]),
        }
        if DECISIONS.contains(&kind) && *decided.get_or_insert(kind) != kind {
            faults.invalid_text(&field, kind, "Approved and Denied conditions are mutually exclusive");
        }
        if known.repeats(kind) {
            faults.duplicate(&at_path.child("type"), &kind.into());
        }
    }
}

/// What signers say: conditions that go together, no decision, and a certificate once and for all.
pub(super) fn signing_request_status(new: &Value, old: &Value, faults: &mut Faults) {
    conditions(new, faults);
    stays(new, old, faults);
    let (status, grown) = (Path::new("status"), |kind: &&str| count(new, kind) > count(old, kind));
    for kind in DECISIONS.into_iter().filter(grown) {
        faults.forbidden(&status.child("conditions"), format!("updates may not add a condition of type {kind:?}"));
    }
    let (now, before) = (text(&new["status"], "certificate"), text(&old["status"], "certificate"));
    if !before.is_empty() && now != before {
        faults.forbidden(&status.child("certificate"), "updates may not modify existing certificate content");
    }
}

/// What is decided through `approval`: it may be told in other words, but not taken back.
pub(super) fn approval(new: &Value, old: &Value, faults: &mut Faults) {
    stays(new, old, faults);
}

fn stays(new: &Value, old: &Value, faults: &mut Faults) {
    let status = Path::new("status");
    for kind in ENDS.into_iter().filter(|kind| count(new, kind) < count(old, kind)) {
        faults.forbidden(&status.child("conditions"), format!("updates may not remove a condition of type {kind:?}"));
    }
}

fn count(object: &Value, kind: &str) -> usize {
    list(&object["status"], "conditions").iter().filter(|condition| text(condition, "type") == kind).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(check: fn(&Value, &Value, &mut Faults), old: Value, new: Value) -> Vec<String> {
        let mut faults = Faults::default();
        check(&json!({"status": new}), &json!({"status": old}), &mut faults);
        faults.into_errors().iter().map(ToString::to_string).collect()
    }

    fn conditions(kinds: &[&str]) -> Value {
        let one = |kind: &&str| json!({"type": kind, "status": "True", "reason": "R"});
        json!({"conditions": kinds.iter().map(one).collect::<Vec<_>>()})
    }

    #[test]
    fn a_decision_is_told_again_in_other_words_but_never_taken_back() {
        let mut again = conditions(&["Approved"]);
        again["conditions"][0]["message"] = json!("once more");
        assert!(told(approval, conditions(&["Approved"]), again).is_empty());
        assert!(told(approval, conditions(&[]), conditions(&["Denied"])).is_empty());
        for kind in ["Approved", "Denied", "Failed"] {
            let why = format!("status.conditions: Forbidden: updates may not remove a condition of type {kind:?}");
            for check in [approval, signing_request_status] {
                assert_eq!(told(check, conditions(&[kind]), conditions(&[])), std::slice::from_ref(&why));
            }
        }
    }

    #[test]
    fn a_signer_says_that_it_failed_and_what_it_issued_and_decides_nothing() {
        let mut failed = conditions(&["Failed"]);
        failed["conditions"][0]["message"] = json!("again");
        assert!(told(signing_request_status, conditions(&["Failed"]), failed).is_empty());
        let why = "status.conditions: Forbidden: updates may not add a condition of type \"Denied\"";
        let exclusive = "status.conditions: Invalid value: \"Denied\": Approved and Denied conditions are mutually exclusive";
        let both = conditions(&["Approved", "Denied"]);
        assert_eq!(told(signing_request_status, conditions(&["Approved"]), both), [exclusive, why]);
        let issued = |text: &str| json!({"certificate": text});
        assert!(told(signing_request_status, issued(""), issued("QQ==")).is_empty());
        let why = "status.certificate: Forbidden: updates may not modify existing certificate content";
        assert_eq!(told(signing_request_status, issued("QQ=="), issued("Qg==")), [why]);
        assert_eq!(told(signing_request_status, issued("QQ=="), json!({})), [why]);
    }
}
