//! Acting as somebody else, where that is allowed.

use http::HeaderMap;
use kontiki_api::Text;
use kontiki_api::request::User;
use kontiki_api::status::Status;

use super::headers::values;
use super::users::{ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, join, service_account_groups, service_account_of};
use crate::authorize::{Attributes, Authorize, Decision, forbidden};

const EXTRA_PREFIX: &str = "impersonate-extra-";

/// Whom the `Impersonate-*` headers ask to act as; `None` where there are none. `user` needs the verb
/// `impersonate` on the user (or service account), each group, the uid and each extra value.
///
/// # Errors
/// 400 where groups, uid or extras come without a user; 403 where `user` may not.
pub fn impersonate(headers: &HeaderMap, user: &User, authorizer: &dyn Authorize) -> Result<Option<User>, Status> {
    let wanted = Wanted::read(headers);
    let Some(name) = wanted.name.filter(|name| !name.is_empty()) else {
        return match wanted.is_empty() {
            true => Ok(None),
            false => Err(Status::bad_request("Impersonate-Group, -Uid and -Extra need Impersonate-User")),
        };
    };
    for asked in wanted.attributes(user, name) {
        if let Decision::NoOpinion(why) = authorizer.authorize(&asked) {
            return Err(forbidden(&asked, &why));
        }
    }
    Ok(Some(wanted.user(name)))
}

struct Wanted<'a> {
    name: Option<&'a str>,
    uid: &'a str,
    groups: Vec<&'a str>,
    extra: Vec<(String, Vec<&'a str>)>,
}

impl<'a> Wanted<'a> {
    fn read(headers: &'a HeaderMap) -> Self {
        let extra = headers.keys().filter_map(|name| name.as_str().strip_prefix(EXTRA_PREFIX));
        Self {
            name: values(headers, "impersonate-user").first().copied(),
            uid: values(headers, "impersonate-uid").first().copied().unwrap_or_default(),
            groups: values(headers, "impersonate-group"),
            extra: extra.map(|key| (unescape(key), values(headers, &format!("{EXTRA_PREFIX}{key}")))).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.name.is_none() && self.uid.is_empty() && self.groups.is_empty() && self.extra.is_empty()
    }

    fn attributes(&self, user: &User, name: &str) -> Vec<Attributes> {
        let ask = |group: &str, resource: &str, subresource: &str, namespace: &str, name: &str| Attributes {
            user: user.clone(),
            verb: "impersonate".into(),
            group: group.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            namespace: namespace.into(),
            name: name.into(),
            ..Attributes::default()
        };
        let mut all = vec![match service_account_of(name) {
            Some((namespace, account)) => ask("", "serviceaccounts", "", namespace, account),
            None => ask("", "users", "", "", name),
        }];
        all.extend(self.groups.iter().map(|group| ask("", "groups", "", "", group)));
        let identity = "authentication.k8s.io";
        if !self.uid.is_empty() {
            all.push(ask(identity, "uids", "", "", self.uid));
        }
        for (key, values) in &self.extra {
            all.extend(values.iter().map(|value| ask(identity, "userextras", key, "", value)));
        }
        all
    }

    fn user(&self, name: &str) -> User {
        let mut groups: Vec<Text> = self.groups.iter().map(|group| Text::from(*group)).collect();
        if let (true, Some((namespace, _))) = (groups.is_empty(), service_account_of(name)) {
            groups = service_account_groups(namespace);
        }
        match name {
            ANONYMOUS => join(&mut groups, UNAUTHENTICATED),
            _ if groups.iter().any(|group| &**group == UNAUTHENTICATED) => {}
            _ => join(&mut groups, AUTHENTICATED),
        }
        let texts = |values: &Vec<&str>| values.iter().map(|value| Text::from(*value)).collect();
        let extra = self.extra.iter().map(|(key, values)| (key.as_str().into(), texts(values))).collect();
        User { name: name.into(), uid: self.uid.into(), groups, extra }
    }
}

/// Extra keys are lower case and percent-encoded in header names.
fn unescape(key: &str) -> String {
    let bytes = key.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = key.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorize::rbac::{Rule, allows};
    use http::HeaderName;

    struct Rules(Vec<Rule>);

    impl Authorize for Rules {
        fn authorize(&self, attributes: &Attributes) -> Decision {
            match allows(&self.0, attributes) {
                true => Decision::Allow,
                false => Decision::NoOpinion(String::new()),
            }
        }
    }

    fn may(resources: &[&str], names: &[&str]) -> Rules {
        let texts = |list: &[&str]| list.iter().map(|item| (*item).into()).collect();
        Rules(vec![Rule {
            verbs: texts(&["impersonate"]),
            api_groups: texts(&["*"]),
            resources: texts(resources),
            resource_names: texts(names),
            ..Rule::default()
        }])
    }

    fn ask(headers: &[(&str, &str)], rules: &Rules) -> Result<Option<User>, Status> {
        let headers = headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
        impersonate(&headers.collect(), &User { name: "admin".into(), ..User::default() }, rules)
    }

    #[test]
    fn without_headers_nobody_is_impersonated() {
        assert_eq!(ask(&[], &may(&[], &[])).unwrap(), None);
    }

    #[test]
    fn user_groups_uid_and_extras_are_taken_over() {
        let headers = [
            ("Impersonate-User", "bob"),
            ("Impersonate-Group", "staff"),
            ("Impersonate-Uid", "7"),
            ("Impersonate-Extra-Example.com%2Fteam", "blue"),
        ];
        let user = ask(&headers, &may(&["users", "groups", "uids", "userextras/example.com/team"], &[])).unwrap().unwrap();
        assert_eq!((&*user.name, &*user.uid), ("bob", "7"));
        assert_eq!(user.groups, ["staff", "system:authenticated"].map(Text::from));
        assert_eq!(user.extra, [("example.com/team".into(), vec!["blue".into()])]);
    }

    #[test]
    fn a_service_account_brings_its_groups() {
        let headers = [("Impersonate-User", "system:serviceaccount:shop:till")];
        let user = ask(&headers, &may(&["serviceaccounts"], &["till"])).unwrap().unwrap();
        assert_eq!(user.groups.len(), 3);
        assert_eq!(ask(&headers, &may(&["users"], &[])).unwrap_err().reason, kontiki_api::status::Reason::Forbidden);
    }

    #[test]
    fn each_of_them_needs_its_own_permission() {
        let headers = [("Impersonate-User", "bob"), ("Impersonate-Group", "system:masters")];
        assert!(ask(&headers, &may(&["users"], &[])).is_err());
        assert!(ask(&headers, &may(&["groups"], &[])).is_err());
        let extra = [("Impersonate-User", "bob"), ("Impersonate-Extra-Team", "blue")];
        assert!(ask(&extra, &may(&["users", "userextras/other"], &[])).is_err());
        assert!(ask(&extra[1..], &may(&["*"], &[])).is_err(), "an extra without a user");
    }
}
