//! Approving and denying.

use std::sync::Arc;

use kontiki_api::status::Status;

use super::signer::may;
use super::{GROUP, PLURAL, writes};
use crate::admit::{Admission, Plugin};
use crate::authorize::Authorize;

/// Lets only those approve or deny a signing request who may `approve` for its signer.
pub(in crate::admit) struct CertificateApproval(pub Arc<dyn Authorize>);

impl Plugin for CertificateApproval {
    fn name(&self) -> &'static str {
        "CertificateApproval"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[(GROUP, PLURAL)]
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !writes(admission, "approval") {
            return Ok(());
        }
        may(admission, &*self.0, "approve").map_err(|why| admission.forbidden(&why))
    }
}
