//! Signing.

use std::sync::Arc;

use kontiki_api::status::Status;

use super::signer::may;
use super::{GROUP, PLURAL, writes};
use crate::admit::{Admission, Plugin};
use crate::authorize::Authorize;

/// Lets only those issue a certificate, or say that it failed, who may `sign` for the signer of the request.
pub(in crate::admit) struct CertificateSigning(pub Arc<dyn Authorize>);

impl Plugin for CertificateSigning {
    fn name(&self) -> &'static str {
        "CertificateSigning"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[(GROUP, PLURAL)]
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let same = |pointer: &str| admission.old.and_then(|old| old.pointer(pointer)) == admission.object.pointer(pointer);
        if !writes(admission, "status") || (same("/status/certificate") && same("/status/conditions")) {
            return Ok(());
        }
        may(admission, &*self.0, "sign").map_err(|why| admission.forbidden(&why))
    }
}
