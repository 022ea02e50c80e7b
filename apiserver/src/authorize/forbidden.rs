//! The refusal of an unauthorized request.

use kontiki_api::status::{Reason, Status};

use super::Attributes;

/// 403 in upstream's words, with what the authorizers said where they said something.
pub fn forbidden(attributes: &Attributes, why: &str) -> Status {
    let mut message = denial(attributes);
    if !why.is_empty() {
        message = format!("{message}: {why}");
    }
    if attributes.resource.is_empty() {
        return Status::new(Reason::Forbidden, format!("forbidden: {message}")).with_details();
    }
    Status::forbidden(&attributes.group, &attributes.resource, &attributes.name, &message)
}

fn denial(asked: &Attributes) -> String {
    let (user, verb) = (&*asked.user.name, &*asked.verb);
    if asked.resource.is_empty() {
        return format!("User {user:?} cannot {verb} path {:?}", &*asked.path);
    }
    let mut resource = asked.resource.to_string();
    if !asked.subresource.is_empty() {
        resource = format!("{resource}/{}", asked.subresource);
    }
    let scope = match &*asked.namespace {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    format!("User {user:?} cannot {verb} resource {resource:?} in API group {:?} {scope}", &*asked.group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_api::request::User;

    #[test]
    fn the_refusal_names_user_verb_resource_and_scope() {
        let user = User { name: "bob".into(), ..User::default() };
        let mut asked = Attributes { user, verb: "get".into(), resource: "pods".into(), ..Attributes::default() };
        asked.subresource = "log".into();
        asked.namespace = "shop".into();
        asked.name = "web".into();
        let message =
            r#"pods "web" is forbidden: User "bob" cannot get resource "pods/log" in API group "" in the namespace "shop""#;
        assert_eq!(forbidden(&asked, "").message, message);
        let path = Attributes { user: asked.user, verb: "get".into(), path: "/metrics".into(), ..Attributes::default() };
        assert_eq!(forbidden(&path, "").message, r#"forbidden: User "bob" cannot get path "/metrics""#);
    }
}
