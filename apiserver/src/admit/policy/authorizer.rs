//! The variable `authorizer`: asks the server's own authorizer.

use std::fmt;
use std::sync::Arc;

use kontiki_api::request::{Target, User};
use kontiki_cel::{Access, Authorizer, Decision};

use crate::authorize::{self, Attributes, Authorize, requirements};

/// The server's authorizer, asked on behalf of a user.
pub(in crate::admit) struct Requester<'a> {
    pub authorizer: &'a Arc<dyn Authorize>,
    pub user: &'a User,
}

impl fmt::Debug for Requester<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requester").field("user", &self.user.name).finish()
    }
}

impl Authorizer for Requester<'_> {
    fn check(&self, service_account: Option<(&str, &str)>, access: &Access) -> Decision {
        let user = service_account.map_or_else(|| self.user.clone(), |(namespace, name)| account(namespace, name));
        match self.authorizer.authorize(&attributes(user, access)) {
            authorize::Decision::Allow => Decision { allowed: true, ..Decision::default() },
            authorize::Decision::NoOpinion(reason) => Decision { reason, ..Decision::default() },
        }
    }
}

fn account(namespace: &str, name: &str) -> User {
    let groups =
        ["system:serviceaccounts".into(), format!("system:serviceaccounts:{namespace}").into(), "system:authenticated".into()];
    User { name: format!("system:serviceaccount:{namespace}:{name}").into(), groups: groups.into(), ..User::default() }
}

fn attributes(user: User, access: &Access) -> Attributes {
    match access {
        Access::Path { path, verb } => {
            Attributes { user, path: path.as_str().into(), verb: verb.as_str().into(), ..Attributes::default() }
        }
        Access::Resource { group, resource, subresource, namespace, name, verb, field_selector, .. } => Attributes {
            user,
            verb: verb.as_str().into(),
            group: group.as_str().into(),
            resource: resource.as_str().into(),
            subresource: subresource.as_str().into(),
            namespace: namespace.as_str().into(),
            name: name.as_str().into(),
            path: "".into(),
            fields: field_selector.as_deref().map(requirements).unwrap_or_default(),
        },
    }
}

/// The request's own resource, for `authorizer.requestResource`.
pub(in crate::admit) fn request_resource(target: &Target, name: &str) -> Access {
    Access::Resource {
        group: target.group.to_string(),
        resource: target.plural.to_string(),
        subresource: target.subresource.to_string(),
        namespace: target.namespace.to_string(),
        name: name.into(),
        verb: String::new(),
        field_selector: None,
        label_selector: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_selector_narrows_what_is_asked() {
        let mut access = request_resource(&Target { plural: "pods".into(), ..Target::default() }, "");
        if let Access::Resource { field_selector, .. } = &mut access {
            *field_selector = Some("spec.nodeName=n1".into());
        }
        assert_eq!(attributes(User::default(), &access).fields, [("spec.nodeName".into(), "n1".into())]);
    }
}
