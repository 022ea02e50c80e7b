use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::kind::Kinds;
use kontiki_api::request::{Target, User};
use kontiki_api::status::{Reason, Status};
use kontiki_store::MemoryStore;
use serde_json::{Value, json};

use super::{CertificateContents, CertificateSubjectRestriction};
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
fn the_request_that_is_checked_is_the_one_that_go_reads() {
    let ask = || rcgen::CertificateParams::default().serialize_request(&rcgen::KeyPair::generate().unwrap()).unwrap();
    let (shown, meant) = (ask().pem().unwrap(), ask());
    let odd = shown.replacen("REQUEST-----", "REQUEST-----x", 1);
    let both = request(&format!("{odd}{}", meant.pem().unwrap()), json!({}));
    let read = super::request::read(&both, |request| request.certification_request_info.subject_pki.raw.to_vec()).unwrap();
    let wanted = meant.der().to_vec();
    assert!(wanted.windows(read.len()).any(|part| part == read), "Go passes over the first");
}

#[test]
fn an_organization_that_does_not_read_may_be_any() {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    let masters = rcgen::DnValue::BmpString("system:masters".try_into().unwrap());
    parameters.distinguished_name.push(rcgen::DnType::OrganizationName, masters);
    let pem = parameters.serialize_request(&rcgen::KeyPair::generate().unwrap()).unwrap().pem().unwrap();
    let mut object = request(&pem, json!({}));
    object["spec"]["signerName"] = json!("kubernetes.io/kube-apiserver-client");
    let (kinds, target, user, store) = (Kinds::builtin(), Target::default(), User::default(), MemoryStore::new());
    let kind = kinds.find("certificatesigningrequests").unwrap();
    let mut admission = Admission::new(Operation::Create, kind, &target, &user, &store, &mut object, NOW);
    let told = CertificateSubjectRestriction.validate(&mut admission).unwrap_err();
    assert!(told.message.contains("unable to parse csr: "), "{told}");
}

/// Signed with RSA of 1024 bits.
const SHORT: &str = "-----BEGIN CERTIFICATE REQUEST-----\n\
MIIBSzCBtQIBADAMMQowCAYDVQQDDAFhMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB\n\
iQKBgQDNcengHNEgYuKUj3JGcG3/WXgr8GO2dRE8bK6WoyuZr+kTZS/LQDT2SlH7\n\
xwlbRHs3kQ9e2/jRe8ALLanN5FAlV489qD2MfbrEFwp5n6CONoN+QNyUm/2fAK9O\n\
ojXA9bqsz86/NEXx7GpTvPXxApXZxrvBWys/KYaC0lr5IVOXdwIDAQABoAAwDQYJ\n\
KoZIhvcNAQELBQADgYEAHuUXFgfiw/EGKJjdag+gjrGNz5ikEy8IHHm4o86oFNWb\n\
uR33fiS+zzUrWYs2G9/UPzPUbmxj7dM6+tVN/45XSPaRDNjdOtKQVsLt0l/Wm1ze\n\
SPe/o7aABS9tHrGZFr2eZJhDjwED8va2oQL703IrsgYCDuP2dEP2Yfemo/rHuiA=\n\
-----END CERTIFICATE REQUEST-----\n";

#[test]
fn a_key_that_is_too_short_to_verify_here_is_left_to_the_signer() {
    admit("", None, request(SHORT, json!({}))).unwrap();
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
