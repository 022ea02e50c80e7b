//! Asks the authorizer, and says no in upstream's words.

use kontiki_api::Text;
use kontiki_api::request::{Target, User};
use kontiki_api::status::Status;

use super::Server;
use crate::audit::{Level, annotate, is_noted};
use crate::authorize::{Attributes, Decision, forbidden};

/// Whether `user` may do `verb` on `target`.
///
/// # Errors
/// 403, saying who may not do what where.
pub(crate) fn permit(server: &Server, user: &User, verb: &str, target: &Target) -> Result<(), Status> {
    permit_selected(server, user, verb, target, Vec::new())
}

/// Whether `user` may do `verb` on those objects of `target` that have `fields`.
///
/// # Errors
/// 403, saying who may not do what where.
pub(crate) fn permit_selected(
    server: &Server,
    user: &User,
    verb: &str,
    target: &Target,
    fields: Vec<(Text, Text)>,
) -> Result<(), Status> {
    let attributes = Attributes {
        user: user.clone(),
        verb: verb.into(),
        group: target.group.clone(),
        resource: target.plural.clone(),
        subresource: target.subresource.clone(),
        namespace: namespace_of(target),
        name: target.name.clone(),
        path: Text::default(),
        fields,
    };
    decide(server, &attributes)
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
    let attributes = Attributes { user: user.clone(), verb: verb.into(), path: path.into(), ..Attributes::default() };
    decide(server, &attributes)
}

fn decide(server: &Server, attributes: &Attributes) -> Result<(), Status> {
    let authorizer = &server.config.authorizer;
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
    match decision {
        Decision::Allow => Ok(()),
        Decision::NoOpinion(why) => Err(forbidden(attributes, &why)),
    }
}
