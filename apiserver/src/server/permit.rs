//! Asks the authorizer, and says no in upstream's words.

use kontiki_api::Text;
use kontiki_api::request::{Target, User};
use kontiki_api::status::{Reason, Status};

use super::Server;
use crate::authorize::{Attributes, Decision};

/// Whether `user` may do `verb` on `target`.
///
/// # Errors
/// 403, saying who may not do what where.
pub(crate) fn permit(server: &Server, user: &User, verb: &str, target: &Target) -> Result<(), Status> {
    let attributes = Attributes {
        user: user.clone(),
        verb: verb.into(),
        group: target.group.clone(),
        resource: target.plural.clone(),
        subresource: target.subresource.clone(),
        namespace: namespace_of(target),
        name: target.name.clone(),
        path: Text::default(),
    };
    match server.config.authorizer.authorize(&attributes) {
        Decision::Allow => Ok(()),
        Decision::NoOpinion(why) => Err(refusal(&attributes, &why)),
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
    let attributes = Attributes { user: user.clone(), verb: verb.into(), path: path.into(), ..Attributes::default() };
    match server.config.authorizer.authorize(&attributes) {
        Decision::Allow => Ok(()),
        Decision::NoOpinion(_) => {
            let message = format!("forbidden: User {:?} cannot {verb} path {path:?}", &*user.name);
            Err(Status::new(Reason::Forbidden, message))
        }
    }
}

fn refusal(asked: &Attributes, why: &str) -> Status {
    let resource = if asked.subresource.is_empty() {
        asked.resource.to_string()
    } else {
        format!("{}/{}", asked.resource, asked.subresource)
    };
    let place = if asked.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace {:?}", &*asked.namespace)
    };
    let mut message = format!(
        "User {:?} cannot {} resource {resource:?} in API group {:?} {place}",
        &*asked.user.name, asked.verb, &*asked.group
    );
    if !why.is_empty() {
        message = format!("{message}: {why}");
    }
    Status::forbidden(&asked.group, &asked.resource, &asked.name, &message)
}
