//! Approving and denying.

use std::sync::Arc;

use async_trait::async_trait;
use kontiki_api::status::Status;

use super::signer::may;
use super::writes;
use crate::admit::{Admission, Plugin};
use crate::authorize::Authorize;

/// Lets only those approve or deny a signing request who may `approve` for its signer.
pub(in crate::admit) struct CertificateApproval(pub Arc<dyn Authorize>);

#[async_trait]
impl Plugin for CertificateApproval {
    fn name(&self) -> &'static str {
        "CertificateApproval"
    }

    async fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !writes(admission, "approval") {
            return Ok(());
        }
        may(admission, &*self.0, "approve").map_err(|why| admission.forbidden(&why))
    }
}
