//! Who may approve and sign certificates, and for whom.

mod approval;
mod chain;
mod contents;
mod pem;
pub(super) mod request;
mod signer;
mod signing;
mod subject;
#[cfg(test)]
mod tests;

pub(super) use approval::CertificateApproval;
pub(super) use contents::CertificateContents;
pub(super) use signing::CertificateSigning;
pub(super) use subject::CertificateSubjectRestriction;

use super::{Admission, Operation};

const GROUP: &str = "certificates.k8s.io";
const PLURAL: &str = "certificatesigningrequests";

/// Whether a signing request's subresource is written.
fn writes(admission: &Admission<'_>, subresource: &str) -> bool {
    admission.operation == Operation::Update && admission.is(GROUP, PLURAL) && &*admission.target.subresource == subresource
}
