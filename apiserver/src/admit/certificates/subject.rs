//! Who may not be asked for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::status::Status;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::FromDer;

use super::{GROUP, PLURAL};
use crate::admit::fields::text;
use crate::admit::{Admission, Plugin};
use crate::authorize::MASTERS;

const CLIENTS: &str = "kubernetes.io/kube-apiserver-client";

/// Refuses requests for client certificates of `system:masters`, which no role binding could take away again.
pub(in crate::admit) struct CertificateSubjectRestriction;

impl Plugin for CertificateSubjectRestriction {
    fn name(&self) -> &'static str {
        "CertificateSubjectRestriction"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[(GROUP, PLURAL)]
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !admission.creates(GROUP, PLURAL) || text(admission.object, "/spec/signerName") != CLIENTS {
            return Ok(());
        }
        let pem = STANDARD.decode(text(admission.object, "/spec/request")).unwrap_or_default();
        match organizations(&pem) {
            None => Err(admission.forbidden("unable to parse csr")),
            Some(groups) if groups.iter().any(|group| group == MASTERS) => {
                Err(admission.forbidden(&format!("use of {CLIENTS} signer with {MASTERS} group is not allowed")))
            }
            Some(_) => Ok(()),
        }
    }
}

/// The organizations of a signing request in PEM; `None` where it is none.
fn organizations(pem: &[u8]) -> Option<Vec<String>> {
    let (_, pem) = parse_x509_pem(pem).ok()?;
    let (_, request) = X509CertificationRequest::from_der(&pem.contents).ok()?;
    let subject = &request.certification_request_info.subject;
    Some(subject.iter_organization().filter_map(|name| name.as_str().ok().map(String::from)).collect())
}
