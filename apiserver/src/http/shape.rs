//! What upstream's routers say of a path beside its kind and verb.

use http::{Method, Request};
use kontiki_api::request::{Target, Verb};
use kontiki_api::status::Status;

use crate::route::{Route, unknown};
use crate::server::Server;

/// Checks what upstream's router checks of a path to what is served.
///
/// # Errors
/// 400, 404, 405.
pub(super) fn check_shape<B>(route: &Route, target: &Target, verb: Verb, rest: &str, request: &Request<B>) -> Result<(), Status> {
    let ends = rest.trim_matches('/').is_empty();
    if route.kind.custom.is_some() {
        // Whoever writes more than a name does not mean the object, though upstream passes over it.
        return if ends || !target.subresource.is_empty() { Ok(()) } else { Err(Status::unrouted()) };
    }
    // Whoever left out a name by mistake does not mean all.
    if verb == Verb::DeleteCollection && request.uri().path().ends_with('/') {
        return Err(Status::bad_request("name must be provided"));
    }
    if request.method() == Method::HEAD {
        return Err(Status::no_such_method());
    }
    if ends { Ok(()) } else { Err(unknown()) }
}

/// What is told instead of `status` who wrote an empty namespace: `/namespaces//` means all of them, which can only be read.
pub(super) fn without_namespace<B>(server: &Server, target: &Target, verb: Verb, request: &Request<B>, status: Status) -> Status {
    let is_built_in = || server.row(&target.group, &target.version, &target.plural).is_some_and(|kind| kind.custom.is_none());
    let fits = match verb {
        Verb::Create | Verb::DeleteCollection => target.name.is_empty(),
        Verb::Get | Verb::Update | Verb::Patch | Verb::Delete => !target.name.is_empty(),
        Verb::List | Verb::Watch => false,
    };
    match fits && target.namespace.is_empty() && request.uri().path().contains("/namespaces//") && is_built_in() {
        true => Status::bad_request("Namespace parameter required."),
        false => status,
    }
}

/// What is told of a path to a built-in kind by a method that is no verb: 404 where there is none by any.
pub(super) fn unserved(server: &Server, target: &Target) -> Status {
    Route::of(server, target, Verb::Get).err().filter(|status| status.code() == 404).unwrap_or_else(Status::no_such_method)
}
