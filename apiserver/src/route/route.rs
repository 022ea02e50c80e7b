//! The row behind a target.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::request::{Target, Verb};
use kontiki_api::status::{Reason, Status};

use crate::Server;

/// A target that exists and has the verb.
#[derive(Clone)]
pub(crate) struct Route {
    /// The row addressed.
    pub kind: Arc<Kind>,
}

impl Route {
    /// Finds the row of `target` and checks that it can be asked `verb`.
    ///
    /// # Errors
    /// 404 where no such resource or subresource is served, 405 where it has no such verb.
    pub fn of(server: &Server, target: &Target, verb: Verb) -> Result<Self, Status> {
        let kind = server.row(&target.group, &target.version, &target.plural).ok_or_else(unknown)?;
        let verbs = if target.subresource.is_empty() {
            &kind.verbs
        } else {
            &kind.subresource(&target.subresource).ok_or_else(unknown)?.verbs
        };
        if !verbs.contains(&verb) || !shape_fits(&kind, target, verb) {
            return Err(Status::new(Reason::MethodNotAllowed, "the server does not allow this method on the requested resource"));
        }
        if !kind.namespaced && !target.namespace.is_empty() {
            return Err(unknown());
        }
        Ok(Self { kind })
    }
}

/// Whether the target has, or lacks, the name and namespace that `verb` needs.
fn shape_fits(kind: &Kind, target: &Target, verb: Verb) -> bool {
    let named = !target.name.is_empty();
    let placed = !kind.namespaced || !target.namespace.is_empty();
    match verb {
        Verb::List => !named,
        Verb::DeleteCollection => !named && placed,
        Verb::Watch => true,
        Verb::Create if target.subresource.is_empty() => !named && placed,
        _ => named && placed,
    }
}

/// 404 in upstream's words for a path that is not served.
pub(crate) fn unknown() -> Status {
    Status::new(Reason::NotFound, "the server could not find the requested resource")
}
