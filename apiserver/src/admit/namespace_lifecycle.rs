//! Namespaces must be there and alive before anything is made in them.

use kontiki_api::meta::Key;
use kontiki_api::status::{Status, StatusCause};
use kontiki_store::{Precondition, Requirement};

use super::{Admission, Operation, Plugin};

/// Namespaces that stay.
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

/// Refuses writes into namespaces that are missing, creates in those being deleted (also where the deletion begins
/// while the request is under way), and the deletion of the system's own.
pub(super) struct NamespaceLifecycle;

impl Plugin for NamespaceLifecycle {
    fn name(&self) -> &'static str {
        "NamespaceLifecycle"
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let namespace = admission.target.namespace.clone();
        // Whether one may do something can be asked about any namespace.
        let asks = admission.is("authorization.k8s.io", "localsubjectaccessreviews");
        if asks || namespace.is_empty() || !matches!(admission.operation, Operation::Create | Operation::Update) {
            return Ok(());
        }
        let key = Key::new("namespaces", "", namespace.clone());
        let found = admission.store.get(&key).ok_or_else(|| Status::not_found("", "namespaces", &namespace))?;
        if admission.operation == Operation::Create {
            if found.head.deleted.is_some() {
                return Err(terminating(admission, &namespace));
            }
            admission.preconditions.push(Precondition { key, requirement: Requirement::Revision(found.revision) });
        }
        Ok(())
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let deletes = admission.operation == Operation::Delete && admission.is("", "namespaces");
        match deletes && IMMORTAL.contains(&admission.name()) {
            true => Err(admission.forbidden("this namespace may not be deleted")),
            false => Ok(()),
        }
    }
}

fn terminating(admission: &Admission<'_>, namespace: &str) -> Status {
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    admission.forbidden(&why).because(StatusCause {
        reason: "NamespaceTerminating".into(),
        message: format!("namespace {namespace} is being terminated"),
        field: "metadata.namespace".into(),
    })
}
