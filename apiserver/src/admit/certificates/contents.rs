//! What signing requests and the answers to them hold.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::status::Status;
use serde_json::Value;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::error::X509Error;
use x509_parser::public_key::PublicKey;

use super::{GROUP, PLURAL, chain, request, writes};
use crate::admit::fields::{items, text};
use crate::admit::{Admission, Plugin};

const CERTIFICATE: &str = "/status/certificate";
const CONDITIONS: &str = "/status/conditions";

/// Reads what is in base64: requests that nobody could sign, and answers that are no certificates, are refused. Notes when
/// conditions came and changed.
pub(in crate::admit) struct CertificateContents;

impl Plugin for CertificateContents {
    fn name(&self) -> &'static str {
        "CertificateContents"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[(GROUP, PLURAL)]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if writes(admission, "approval") || writes(admission, "status") {
            let now = admission.now.seconds();
            let changed = changes(admission.old.map_or(&[][..], |old| items(old, CONDITIONS)));
            let conditions = admission.object.pointer_mut(CONDITIONS).and_then(Value::as_array_mut);
            conditions.into_iter().flatten().for_each(|condition| note_times(condition, &changed, &now));
        }
        Ok(())
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let mut faults = Faults::default();
        let object = &*admission.object;
        if admission.creates(GROUP, PLURAL)
            && let Err(why) = request::read(object, signed).flatten()
        {
            faults.invalid(&Path::new("spec").child("request"), &object["spec"]["request"], why);
        }
        let before = admission.old.map_or("", |old| text(old, CERTIFICATE));
        if writes(admission, "status") && before.is_empty() {
            let certificates = STANDARD.decode(text(object, CERTIFICATE)).unwrap_or_default();
            if let Some(why) = chain::fault(&certificates) {
                faults.invalid_text(&Path::new("status").child("certificate"), "<certificate data>", why);
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        Err(Status::invalid(admission.kind, admission.name(), &faults.into_errors()))
    }
}

/// What nobody here can verify (P-521, say, or RSA of 1024 bits) is left to the signer.
fn signed(request: &X509CertificationRequest<'_>) -> Result<(), String> {
    match request.verify_signature() {
        Ok(()) | Err(X509Error::SignatureUnsupportedAlgorithm) => Ok(()),
        Err(_) if is_odd(request) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether the key is RSA of a length that is not verified here and Go takes.
fn is_odd(request: &X509CertificationRequest<'_>) -> bool {
    let Ok(PublicKey::RSA(key)) = request.certification_request_info.subject_pki.parsed() else { return false };
    let bits = key.key_size();
    (1024..2048).contains(&bits) || bits > 8192
}

/// Where a condition does not say when it was written and when it changed: `now`, or, if it was of the same status before, when
/// it changed to that, which `changed` has by type and status.
fn note_times(condition: &mut Value, changed: &HashMap<(&str, &str), &str>, now: &str) {
    let is = (text(condition, "/type"), text(condition, "/status"));
    let changed = changed.get(&is).copied().unwrap_or(now);
    let Some(condition) = condition.as_object_mut() else { return };
    for (field, time) in [("lastUpdateTime", now), ("lastTransitionTime", changed)] {
        if condition.get(field).is_none_or(Value::is_null) {
            condition.insert(field.into(), time.into());
        }
    }
}

/// When each condition became what it is, by type and status; the first of several that are alike.
fn changes(conditions: &[Value]) -> HashMap<(&str, &str), &str> {
    let told = conditions.iter().rev().map(|old| ((text(old, "/type"), text(old, "/status")), text(old, "/lastTransitionTime")));
    told.filter(|(_, time)| !time.is_empty()).collect()
}
