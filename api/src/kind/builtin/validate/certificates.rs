//! Signing requests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{SPEC, list, text};
use crate::kind::validate::{ByText, Distinct, Faults, Path, dns_label_fault, dns_subdomain_fault};

const DECISIONS: [&str; 3] = ["Approved", "Denied", "Failed"];
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
    if !text(spec, "signerName").is_empty() {
        signer(text(spec, "signerName"), &path.child("signerName"), faults);
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
    let conditions = list(&object["status"], "conditions");
    let (all, mut known) = (ByText::of(conditions, "type"), Distinct::default());
    let status = Path::new("status");
    let field = status.child("conditions");
    for (at, condition) in conditions.iter().enumerate() {
        let (at_path, kind) = (field.index(at), text(condition, "type"));
        match (kind, text(condition, "status")) {
            ("", _) => faults.required(&at_path.child("type"), ""),
            (_, "") => faults.required(&at_path.child("status"), ""),
            (kind, state) if DECISIONS.contains(&kind) && state != "True" => {
                faults.unsupported(&at_path.child("status"), state, &["True"]);
            }
            (_, state) => faults.one_of(&at_path.child("status"), Some(&state.into()), &["False", "True", "Unknown"]),
        }
        if kind == "Denied" && all.has("Approved") {
            faults.invalid_text(&at_path.child("type"), kind, "Approved and Denied conditions are mutually exclusive");
        }
        if known.repeats(kind) {
            faults.duplicate(&at_path.child("type"), &kind.into());
        }
    }
}

/// A decision stays, and is made through `approval` alone.
pub(super) fn signing_request_update(new: &Value, old: &Value, faults: &mut Faults) {
    decisions(new, old, false, faults);
}

/// What signers say: conditions that go together, on top of that.
pub(super) fn signing_request_status(new: &Value, old: &Value, faults: &mut Faults) {
    conditions(new, faults);
    decisions(new, old, false, faults);
}

/// The same through `approval`.
pub(super) fn approval(new: &Value, old: &Value, faults: &mut Faults) {
    decisions(new, old, true, faults);
}

fn decisions(new: &Value, old: &Value, may_add: bool, faults: &mut Faults) {
    let status = Path::new("status");
    let field = status.child("conditions");
    for kind in DECISIONS {
        let of = |object: &Value| -> Vec<Value> {
            list(&object["status"], "conditions").iter().filter(|condition| text(condition, "type") == kind).cloned().collect()
        };
        let (now, before) = (of(new), of(old));
        let known: Distinct<&Value> = now.iter().collect();
        if before.iter().any(|condition| !known.has(&condition)) {
            let what = if now.len() < before.len() { "remove" } else { "modify" };
            faults.forbidden(&field, format!("updates may not {what} a condition of type {kind:?}"));
        } else if now.len() > before.len() && !may_add && kind != "Failed" {
            faults.forbidden(&field, format!("updates may not add a condition of type {kind:?}"));
        }
    }
}
