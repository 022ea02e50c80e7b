//! The row behind a target.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::request::{Target, Verb};
use kontiki_api::status::Status;

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
        let kind = server.row(&target.group, &target.version, &target.plural).ok_or_else(|| unknown_in(server, &target.group))?;
        if kind.custom.is_some() {
            return Self::of_custom(kind, target, verb);
        }
        let verbs = if target.subresource.is_empty() {
            &kind.verbs
        } else {
            &kind.subresource(&target.subresource).ok_or_else(unknown)?.verbs
        };
        if !is_path(&kind, target, verb) {
            return Err(unknown());
        }
        if !target.subresource.is_empty() && target.name.is_empty() {
            return Err(Status::bad_request("name must be provided"));
        }
        if !verbs.contains(&verb) || !shape_fits(&kind, target, verb) {
            return Err(Status::no_such_method());
        }
        Ok(Self { kind })
    }

    /// Upstream serves custom objects by handlers of their own, which tell otherwise what there is not.
    fn of_custom(kind: Arc<Kind>, target: &Target, verb: Verb) -> Result<Self, Status> {
        let lists = target.name.is_empty() && matches!(verb, Verb::List | Verb::Watch);
        if kind.namespaced == target.namespace.is_empty() && !(kind.namespaced && lists) {
            return Err(Status::unrouted());
        }
        let verbs = match target.subresource.as_ref() {
            "" => &kind.verbs,
            name => match kind.subresource(name) {
                Some(subresource) => &subresource.verbs,
                None => return Err(Status::not_found(&kind.group, &kind.plural, &target.name)),
            },
        };
        if target.name.is_empty() && matches!(verb, Verb::Update | Verb::Patch) {
            return Err(Status::bad_request("name must be provided"));
        }
        if !verbs.contains(&verb) || !shape_fits(&kind, target, verb) {
            return Err(Status::no_such_verb(&kind.group, &kind.plural, verb.as_str()));
        }
        Ok(Self { kind })
    }
}

/// Whether upstream has a path like that of `target`, for any verb: old paths of watches are all alike.
fn is_path(kind: &Kind, target: &Target, verb: Verb) -> bool {
    let has = |verbs: &[Verb]| verbs.iter().any(|verb| kind.verbs.contains(verb));
    let placed = kind.namespaced != target.namespace.is_empty();
    match (target.subresource.is_empty(), target.name.is_empty()) {
        _ if verb == Verb::Watch && placed => true,
        (false, _) => placed,
        (true, false) => placed && has(&[Verb::Get, Verb::Update, Verb::Patch, Verb::Delete]),
        (true, true) => placed || kind.namespaced && kind.verbs.contains(&Verb::List),
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

/// 404 in upstream's words for a path below one that is served.
pub(crate) fn unknown() -> Status {
    Status::unknown()
}

/// 404 of what there is not in `group`: in one that is built in, upstream's service of the group tells of it.
pub(crate) fn unknown_in(server: &Server, group: &str) -> Status {
    let kinds = server.kinds();
    let served = |kind: &Arc<Kind>| kind.custom.is_none() && *kind.group == *group;
    if kinds.iter().any(served) { Status::unknown() } else { Status::unrouted() }
}
