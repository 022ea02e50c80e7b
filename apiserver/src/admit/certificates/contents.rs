//! What signing requests and the answers to them hold.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::status::Status;
use serde_json::Value;
use x509_parser::error::X509Error;

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
            let before = admission.old.map_or(&[][..], |old| items(old, CONDITIONS));
            let conditions = admission.object.pointer_mut(CONDITIONS).and_then(Value::as_array_mut);
            conditions.into_iter().flatten().for_each(|condition| note_times(condition, before, &now));
        }
        Ok(())
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let mut faults = Faults::default();
        let object = &*admission.object;
        if admission.creates(GROUP, PLURAL)
            && let Err(why) = request::read(object, |request| signed(request.verify_signature())).flatten()
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

/// What nobody here can verify (P-521, say) is left to the signer.
fn signed(verified: Result<(), X509Error>) -> Result<(), String> {
    match verified {
        Ok(()) | Err(X509Error::SignatureUnsupportedAlgorithm) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Where a condition does not say when it was written and when it changed: `now`, or, if it was of the same status `before`, when
/// it changed to that.
fn note_times(condition: &mut Value, before: &[Value], now: &str) {
    let same = |old: &&Value| ["type", "status"].into_iter().all(|field| old.get(field) == condition.get(field));
    let changed = before.iter().filter(same).map(|old| text(old, "/lastTransitionTime")).find(|time| !time.is_empty());
    let changed = changed.unwrap_or(now).to_owned();
    let Some(condition) = condition.as_object_mut() else { return };
    for (field, time) in [("lastUpdateTime", now), ("lastTransitionTime", &changed)] {
        if condition.get(field).is_none_or(Value::is_null) {
            condition.insert(field.into(), time.into());
        }
    }
}
