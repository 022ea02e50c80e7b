//! Certificates that a kubelet asks for.

use crate::admit::certificates::request;
use crate::admit::fields::text;
use crate::admit::{Admission, Operation};

/// Signers whose certificates make their owner a node.
const SIGNERS: [&str; 2] = ["kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet"];

/// Why the kubelet of `node` may not ask for this certificate; `None` where it may. It is to be that node and no other.
pub(super) fn refused(admission: &Admission<'_>, node: &str) -> Option<String> {
    let signer = text(admission.object, "/spec/signerName");
    if admission.operation != Operation::Create || !SIGNERS.contains(&signer) {
        return None;
    }
    let name = format!("system:node:{node}");
    match request::is_for(admission.object, &name) {
        Ok(true) => None,
        Ok(false) => Some(format!("can only create a node CSR with CN={name}")),
        Err(why) => Some(format!("unable to parse csr: {why}")),
    }
}
