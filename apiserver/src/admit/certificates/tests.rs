use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::kind::Kinds;
use kontiki_api::request::{Target, User};
use kontiki_api::status::{Reason, Status};
use kontiki_store::MemoryStore;
use serde_json::{Value, json};

use super::CertificateContents;
use crate::admit::{Admission, Operation, Plugin};
use crate::fixture::NOW;

fn request(pem: &str, status: Value) -> Value {
    json!({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": "r"},
        "spec": {"signerName": "example.com/ours", "request": STANDARD.encode(pem)}, "status": status})
}

/// What becomes of `object`, new or in the place of `old`.
fn admit(subresource: &str, old: Option<&Value>, object: Value) -> Result<Value, Status> {
    let kinds = Kinds::builtin();
    let kind = kinds.find("certificatesigningrequests").unwrap();
    let target = Target { name: "r".into(), subresource: subresource.into(), ..Target::default() };
    let operation = if old.is_some() { Operation::Update } else { Operation::Create };
    let (user, store, mut object) = (User::default(), MemoryStore::new(), object);
    let mut admission = Admission::new(operation, kind, &target, &user, &store, &mut object, NOW);
    admission.old = old;
    CertificateContents.mutate(&mut admission)?;
    CertificateContents.validate(&mut admission)?;
    Ok(object)
}

fn cause(result: Result<Value, Status>) -> (String, String) {
    let status = result.unwrap_err();
    assert_eq!(status.reason, Reason::Invalid);
    let cause = status.details.causes.into_iter().next().unwrap();
    (cause.field, cause.message)
}

#[test]
fn a_request_is_signed_with_the_key_that_it_is_for() {
    let ask = || rcgen::CertificateParams::default().serialize_request(&rcgen::KeyPair::generate().unwrap()).unwrap();
    let mine = ask();
    admit("", None, request(&mine.pem().unwrap(), json!({}))).unwrap();
    let (mut forged, theirs) = (mine.der().to_vec(), ask().der().to_vec());
    let signature = forged.len() - 8;
    forged[signature..].copy_from_slice(&theirs[theirs.len() - 8..]);
    let block = |text: &str| format!("-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n");
    let longer = [mine.der(), &[0, 0][..]].concat();
    for wrong in [block(&STANDARD.encode(forged)), block("AAA="), block(&STANDARD.encode(longer)), String::new()] {
        assert_eq!(cause(admit("", None, request(&wrong, json!({})))).0, "spec.request", "{wrong}");
    }
}

#[test]
fn what_a_signer_answers_is_a_certificate() {
    let old = request("", json!({}));
    let answer = |text: &str| admit("status", Some(&old), request("", json!({"certificate": STANDARD.encode(text)})));
    let certificate = rcgen::CertificateParams::default().self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem();
    answer(&certificate).unwrap();
    let why = "Invalid value: \"<certificate data>\": must contain at least one CERTIFICATE PEM block";
    assert_eq!(cause(answer("no certificate")), ("status.certificate".to_owned(), why.to_owned()));
    let stays = request("", json!({"certificate": STANDARD.encode("from before")}));
    admit("status", Some(&stays), stays.clone()).unwrap();
}

#[test]
fn conditions_say_when_they_came_and_changed() {
    let condition = |more: Value| {
        let mut condition = json!({"type": "Approved", "status": "True"});
        condition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request("", json!({"conditions": [condition]}))
    };
    let (now, before) = (NOW.seconds(), "2020-01-01T00:00:00Z");
    for place in ["approval", "status"] {
        let first = admit(place, Some(&request("", json!({}))), condition(json!({}))).unwrap();
        assert_eq!(first, condition(json!({"lastUpdateTime": now, "lastTransitionTime": now})));
        let old = condition(json!({"lastUpdateTime": before, "lastTransitionTime": before}));
        let again = admit(place, Some(&old), condition(json!({}))).unwrap();
        assert_eq!(again, condition(json!({"lastUpdateTime": now, "lastTransitionTime": before})));
        assert_eq!(admit(place, Some(&request("", json!({}))), old.clone()).unwrap(), old);
    }
}
