//! Asks the authorizer, and says no in upstream's words.

use std::time::Instant;

use kontiki_api::Text;
use kontiki_api::request::{Target, User, Verb};
use kontiki_api::status::Status;

use super::Server;
use crate::audit::{Level, annotate, is_noted};
use crate::authorize::{Attributes, Decision, forbidden, requirements_of};
use crate::route::named;

/// Whether `user` may do `verb` on `target`.
///
/// # Errors
/// 403, saying who may not do what where.
pub(crate) fn permit(server: &Server, user: &User, verb: &str, target: &Target) -> Result<(), Status> {
    decide(server, &attributes_of(user, verb, target))
}

/// Whether `user` may do `verb` on what `query` selects of `target`; `None` is a method that is no verb.
///
/// # Errors
/// 403, saying who may not do what where.
pub(crate) fn permit_selected(
    server: &Server,
    user: &User,
    verb: Option<Verb>,
    target: &Target,
    query: &[(String, String)],
) -> Result<(), Status> {
    decide(server, &selected(user, verb, target, query))
}

/// What `user` asks of the authorizer who would do `verb` on what `query` selects of `target`.
pub(crate) fn selected(user: &User, verb: Option<Verb>, target: &Target, query: &[(String, String)]) -> Attributes {
    let Some(verb) = verb else { return attributes_of(user, "", target) };
    let many = matches!(verb, Verb::List | Verb::Watch | Verb::DeleteCollection);
    let fields = if many { requirements_of(query) } else { Vec::new() };
    Attributes { fields, ..attributes_of(user, verb.as_str(), &named(target, verb, query)) }
}

fn attributes_of(user: &User, verb: &str, target: &Target) -> Attributes {
    Attributes {
        user: user.clone(),
        verb: verb.into(),
        group: target.group.clone(),
        resource: target.plural.clone(),
        subresource: target.subresource.clone(),
        namespace: namespace_of(target),
        name: target.name.clone(),
        ..Attributes::default()
    }
}

/// Upstream's authorization counts a namespace as lying in itself.
fn namespace_of(target: &Target) -> Text {
    let itself = target.group.is_empty() && &*target.plural == "namespaces" && !target.name.is_empty();
    if itself { target.name.clone() } else { target.namespace.clone() }
}

/// Whether `user` may do `verb` on a path that is not a resource's.
///
/// # Errors
/// 403, saying who may not do what.
pub(crate) fn permit_path(server: &Server, user: &User, verb: &str, path: &str) -> Result<(), Status> {
    decide(server, &attributes_of_path(user, verb, path))
}

/// What `user` asks of the authorizer who would do `verb` on a path that is not a resource's.
pub(crate) fn attributes_of_path(user: &User, verb: &str, path: &str) -> Attributes {
    Attributes { user: user.clone(), verb: verb.into(), path: path.into(), ..Attributes::default() }
}

fn decide(server: &Server, attributes: &Attributes) -> Result<(), Status> {
    let (authorizer, begun) = (&server.config.authorizer, Instant::now());
    let decision = if is_noted(Level::Metadata) {
        let (decision, why) = authorizer.explain(attributes);
        let (word, reason) = match &decision {
            Decision::Allow => ("allow", why),
            Decision::NoOpinion(why) => ("forbid", why.clone()),
        };
        annotate("authorization.k8s.io/decision", word);
        annotate("authorization.k8s.io/reason", reason);
        decision
    } else {
        authorizer.authorize(attributes)
    };
    server.access.authorized(matches!(decision, Decision::Allow), begun.elapsed());
    match decision {
        Decision::Allow => Ok(()),
        Decision::NoOpinion(why) => Err(forbidden(attributes, &why)),
    }
}
