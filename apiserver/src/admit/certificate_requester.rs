//! A certificate request tells who made it.

use kontiki_api::status::Status;
use serde_json::{Map, Value};

use super::fields::spec;
use super::{Admission, Plugin};

/// Writes who asks into new CertificateSigningRequests, whatever the client wrote there: signers go by it.
pub(super) struct CertificateRequester;

impl Plugin for CertificateRequester {
    fn name(&self) -> &'static str {
        "CertificateRequester"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("certificates.k8s.io", "certificatesigningrequests")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !admission.creates("certificates.k8s.io", "certificatesigningrequests") {
            return Ok(());
        }
        let user = admission.user;
        let Some(spec) = spec(admission.object) else { return Ok(()) };
        let texts = |texts: &[kontiki_api::Text]| Value::Array(texts.iter().map(|text| (&**text).into()).collect());
        let extra: Map<String, Value> = user.extra.iter().map(|(key, values)| (key.to_string(), texts(values))).collect();
        let said = [
            ("username", (&*user.name).into()),
            ("uid", (&*user.uid).into()),
            ("groups", texts(&user.groups)),
            ("extra", Value::Object(extra)),
        ];
        for (name, value) in said {
            match is_empty(&value) {
                true => drop(spec.shift_remove(name)),
                false => drop(spec.insert(name.into(), value)),
            }
        }
        Ok(())
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}
