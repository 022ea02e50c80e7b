//! Who may not be asked for.

use kontiki_api::status::Status;

use super::{GROUP, PLURAL, request};
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
        let groups: Result<Result<Vec<String>, String>, String> = request::read(admission.object, |request| {
            // A signer may read what nobody here can.
            let organizations = request.certification_request_info.subject.iter_organization();
            organizations.map(|name| name.as_str().map(String::from).map_err(|error| error.to_string())).collect()
        });
        let groups = groups.flatten().map_err(|why| admission.forbidden(&format!("unable to parse csr: {why}")))?;
        if groups.iter().any(|group| group == MASTERS) {
            return Err(admission.forbidden(&format!("use of {CLIENTS} signer with {MASTERS} group is not allowed")));
        }
        Ok(())
    }
}
