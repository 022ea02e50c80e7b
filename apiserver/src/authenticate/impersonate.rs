//! Acting as somebody else, where that is allowed.

use http::HeaderMap;
use kontiki_api::Text;
use kontiki_api::kind::validate::dns_subdomain_fault;
use kontiki_api::request::User;
use kontiki_api::status::Status;

use super::headers::values;
use super::users::{ANONYMOUS, AUTHENTICATED, NODE_NAME, UNAUTHENTICATED, join, service_account_groups, service_account_of};
use crate::authorize::{Attributes, Authorize, Decision, MASTERS, NODES, forbidden};

const EXTRA_PREFIX: &str = "impersonate-extra-";

/// Who is acted as, and under which constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impersonated {
    /// Who.
    pub user: User,
    /// The verb that allowed it for this request alone; `None` where the verb `impersonate` allowed it for every one.
    pub constraint: Option<&'static str>,
}

/// Whom the `Impersonate-*` headers ask to act as; `None` where there are none. `user` needs either both verbs of a [`Mode`], the one on
/// what is impersonated and the other on what is `asked`, or the verb `impersonate` on what is impersonated: the user (service account,
/// node), each group, the uid and each extra value.
///
/// # Errors
/// 400 where groups, uid or extras come without a user, or one is not UTF-8; 403 where `user` may not.
pub fn impersonate(
    headers: &HeaderMap,
    user: &User,
    authorizer: &dyn Authorize,
    asked: impl FnOnce() -> Attributes,
) -> Result<Option<Impersonated>, Status> {
    let wanted = Wanted::read(headers)?;
    let Some(name) = wanted.name.filter(|name| !name.is_empty()) else {
        return match wanted.is_empty() {
            true => Ok(None),
            false => Err(Status::bad_request("Impersonate-Group, -Uid and -Extra need Impersonate-User")),
        };
    };
    let may = |asked: &Attributes| authorizer.authorize(asked) == Decision::Allow;
    let modes = Mode::ALL.into_iter().filter(|mode| mode.is_for(&wanted, name, user));
    let asked = asked();
    for mode in modes {
        let on = Attributes { verb: mode.on(&asked.verb).into(), user: mode.asker(user), ..asked.clone() };
        if may(&on) && wanted.attributes(&on.user, name, Some(mode)).iter().all(may) {
            return Ok(Some(Impersonated { user: wanted.user(name, Some(mode)), constraint: Some(mode.verb()) }));
        }
    }
    for asked in wanted.attributes(user, name, None) {
        if let Decision::NoOpinion(why) = authorizer.authorize(&asked) {
            return Err(forbidden(&asked, &why));
        }
    }
    Ok(Some(Impersonated { user: wanted.user(name, None), constraint: None }))
}

/// A way of impersonating that is allowed for some requests only: upstream's constrained impersonation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A service account acts as the node that its pod runs on.
    AssociatedNode,
    /// Any node is acted as.
    ArbitraryNode,
    /// A service account is acted as.
    ServiceAccount,
    /// Anybody else is acted as, in groups and with extras.
    UserInfo,
}

impl Mode {
    /// All of them, in the order in which they are tried.
    const ALL: [Self; 4] = [Self::AssociatedNode, Self::ArbitraryNode, Self::ServiceAccount, Self::UserInfo];

    /// The verb on what is impersonated.
    const fn verb(self) -> &'static str {
        match self {
            Self::AssociatedNode => "impersonate:associated-node",
            Self::ArbitraryNode => "impersonate:arbitrary-node",
            Self::ServiceAccount => "impersonate:serviceaccount",
            Self::UserInfo => "impersonate:user-info",
        }
    }

    /// The verb on what is asked with `verb`.
    fn on(self, verb: &str) -> String {
        let mode = self.verb().trim_start_matches("impersonate:");
        format!("impersonate-on:{mode}:{verb}")
    }

    /// Whether `wanted` is impersonated in this way by `user`.
    fn is_for(self, wanted: &Wanted<'_>, name: &str, user: &User) -> bool {
        let (node, account) = (node_called(name), service_account_of(name));
        match self {
            Self::AssociatedNode => {
                let own = service_account_of(&user.name).and_then(|_| runs_on(user));
                wanted.is_name_alone() && node.is_some() && own == node
            }
            Self::ArbitraryNode => wanted.is_name_alone() && node.is_some(),
            Self::ServiceAccount => wanted.is_name_alone() && account.is_some(),
            Self::UserInfo => node.is_none() && account.is_none() && wanted.is_fit_for_anybody(),
        }
    }

    /// `user` as the authorizer sees it: which node it is on was looked at, so that the answer holds for all of them.
    fn asker(self, user: &User) -> User {
        if self != Self::AssociatedNode {
            return user.clone();
        }
        let mut keys: Vec<Text> = user.extra.iter().map(|(key, _)| key.clone()).collect();
        keys.sort_unstable();
        User { extra: vec![("authentication.kubernetes.io/associated-node-keys".into(), keys)], ..user.clone() }
    }
}

/// The node whose kubelet has this user name.
fn node_called(user: &str) -> Option<&str> {
    user.strip_prefix("system:node:").filter(|name| dns_subdomain_fault(name).is_none())
}

/// The node that the pod of a service account's token runs on.
fn runs_on(user: &User) -> Option<&str> {
    let (_, nodes) = user.extra.iter().find(|(key, _)| &**key == NODE_NAME)?;
    match nodes.as_slice() {
        [node] => Some(node),
        _ => None,
    }
}

struct Wanted<'a> {
    name: Option<&'a str>,
    uid: &'a str,
    groups: Vec<&'a str>,
    extra: Vec<(String, Vec<&'a str>)>,
}

impl<'a> Wanted<'a> {
    fn read(headers: &'a HeaderMap) -> Result<Self, Status> {
        let extra = headers.keys().filter_map(|name| name.as_str().strip_prefix(EXTRA_PREFIX));
        let extra = extra.map(|key| Ok((unescape(key), values(headers, &format!("{EXTRA_PREFIX}{key}"))?)));
        Ok(Self {
            name: values(headers, "impersonate-user")?.first().copied(),
            uid: values(headers, "impersonate-uid")?.first().copied().unwrap_or_default(),
            groups: values(headers, "impersonate-group")?,
            extra: extra.collect::<Result<_, Status>>()?,
        })
    }

    fn is_empty(&self) -> bool {
        self.name.is_none() && self.uid.is_empty() && self.groups.is_empty() && self.extra.is_empty()
    }

    fn is_name_alone(&self) -> bool {
        self.uid.is_empty() && self.groups.is_empty() && self.extra.is_empty()
    }

    /// Whether groups and extras are none that only the verb `impersonate` may give.
    fn is_fit_for_anybody(&self) -> bool {
        let groups = self.groups.iter().all(|group| !group.is_empty() && *group != MASTERS);
        let fit = |key: &str| !key.is_empty() && !key.chars().any(char::is_uppercase);
        groups && self.extra.iter().all(|(key, values)| fit(key) && values.iter().all(|value| !value.is_empty()))
    }

    /// What `user` must be allowed so that all of this is impersonated in `mode`, or without one in every request.
    fn attributes(&self, user: &User, name: &str, mode: Option<Mode>) -> Vec<Attributes> {
        let identity = "authentication.k8s.io";
        let people = if mode.is_some() { identity } else { "" };
        let ask = |group: &str, resource: &str, subresource: &str, namespace: &str, name: &str| Attributes {
            user: user.clone(),
            verb: mode.map_or("impersonate", Mode::verb).into(),
            group: group.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            namespace: namespace.into(),
            name: name.into(),
            ..Attributes::default()
        };
        let node = node_called(name).filter(|_| mode.is_some());
        let mut all = vec![match (node, service_account_of(name)) {
            // Allowed for its own node, whichever that is.
            (Some(_), _) if mode == Some(Mode::AssociatedNode) => ask(people, "nodes", "", "", "*"),
            (Some(node), _) => ask(people, "nodes", "", "", node),
            (None, Some((namespace, account))) => ask(people, "serviceaccounts", "", namespace, account),
            (None, None) => ask(people, "users", "", "", name),
        }];
        all.extend(self.groups.iter().map(|group| ask(people, "groups", "", "", group)));
        if !self.uid.is_empty() {
            all.push(ask(identity, "uids", "", "", self.uid));
        }
        for (key, values) in &self.extra {
            all.extend(values.iter().map(|value| ask(identity, "userextras", key, "", value)));
        }
        all
    }

    fn user(&self, name: &str, mode: Option<Mode>) -> User {
        let mut groups: Vec<Text> = self.groups.iter().map(|group| Text::from(*group)).collect();
        if let (true, Some((namespace, _))) = (groups.is_empty(), service_account_of(name)) {
            groups = service_account_groups(namespace);
        }
        if matches!(mode, Some(Mode::AssociatedNode | Mode::ArbitraryNode)) {
            groups = vec![NODES.into()];
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
    use kontiki_api::status::Reason;

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

    fn lists_pods() -> Attributes {
        Attributes { verb: "list".into(), resource: "pods".into(), namespace: "shop".into(), ..Attributes::default() }
    }

    /// What `user` is when it lists pods with these headers.
    fn ask_as(user: User, headers: &[(&str, &str)], rules: &Rules) -> Result<Option<Impersonated>, Status> {
        let headers = headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
        let asked = Attributes { user: user.clone(), ..lists_pods() };
        impersonate(&headers.collect(), &user, rules, || asked)
    }

    fn admin() -> User {
        User { name: "admin".into(), ..User::default() }
    }

    fn ask(headers: &[(&str, &str)], rules: &Rules) -> Result<Option<User>, Status> {
        let found = ask_as(admin(), headers, rules)?;
        assert_eq!(found.as_ref().and_then(|found| found.constraint), None);
        Ok(found.map(|found| found.user))
    }

    fn rule(verb: &str, group: &str, resource: &str, names: &[&str]) -> Rule {
        let text = |text: &str| vec![text.into()];
        let names = names.iter().map(|name| (*name).into()).collect();
        let (verbs, api_groups, resources) = (text(verb), text(group), text(resource));
        Rule { verbs, api_groups, resources, resource_names: names, ..Rule::default() }
    }

    #[test]
    fn who_may_act_as_somebody_for_some_requests_may_not_for_others() {
        let who = |name: &str| rule("impersonate:user-info", "authentication.k8s.io", "users", &[name]);
        let what = |resource: &str| rule("impersonate-on:user-info:list", "", resource, &[]);
        let bob = [("Impersonate-User", "bob")];
        let found = ask_as(admin(), &bob, &Rules(vec![who("bob"), what("pods")])).unwrap().unwrap();
        assert_eq!((&*found.user.name, found.constraint), ("bob", Some("impersonate:user-info")));
        for less in [vec![who("bob")], vec![what("pods")], vec![who("eve"), what("pods")], vec![who("bob"), what("secrets")]] {
            let refused = ask_as(admin(), &bob, &Rules(less)).unwrap_err();
            assert!(refused.message.contains("cannot impersonate resource \"users\""), "{}", refused.message);
        }
        let groups = rule("impersonate:user-info", "authentication.k8s.io", "groups", &[]);
        let all = Rules(vec![who("bob"), what("pods"), groups]);
        let staff = [bob[0], ("Impersonate-Group", "staff")];
        assert_eq!(
            ask_as(admin(), &staff, &all).unwrap().unwrap().user.groups,
            ["staff", "system:authenticated"].map(Text::from)
        );
        assert!(ask_as(admin(), &[bob[0], ("Impersonate-Group", "system:masters")], &all).is_err());
        let node = [("Impersonate-User", "system:node:n1")];
        let everybody = Rules(vec![rule("impersonate:user-info", "*", "*", &[]), what("pods")]);
        assert!(ask_as(admin(), &node, &everybody).is_err(), "nodes and accounts have modes of their own");
    }

    #[test]
    fn accounts_and_nodes_are_acted_as_in_modes_of_their_own() {
        let may = |mode: &str, resource: &str, name: &str| {
            let who = rule(&format!("impersonate:{mode}"), "authentication.k8s.io", resource, &[name]);
            Rules(vec![who, rule(&format!("impersonate-on:{mode}:list"), "", "pods", &[])])
        };
        let till = [("Impersonate-User", "system:serviceaccount:shop:till")];
        let found = ask_as(admin(), &till, &may("serviceaccount", "serviceaccounts", "till")).unwrap().unwrap();
        assert_eq!((found.user.groups.len(), found.constraint), (3, Some("impersonate:serviceaccount")));
        let n1 = [("Impersonate-User", "system:node:n1")];
        let found = ask_as(admin(), &n1, &may("arbitrary-node", "nodes", "n1")).unwrap().unwrap();
        assert_eq!(found.user.groups, ["system:nodes", "system:authenticated"].map(Text::from));
        assert!(ask_as(admin(), &[n1[0], ("Impersonate-Group", "g")], &may("arbitrary-node", "nodes", "n1")).is_err());
        let on = |node: &str| User {
            name: "system:serviceaccount:kube-system:agent".into(),
            extra: vec![(NODE_NAME.into(), vec![node.into()])],
            ..User::default()
        };
        let associated = may("associated-node", "nodes", "*");
        let found = ask_as(on("n1"), &n1, &associated).unwrap().unwrap();
        assert_eq!(found.constraint, Some("impersonate:associated-node"));
        assert!(ask_as(on("n2"), &n1, &associated).is_err() && ask_as(admin(), &n1, &associated).is_err());
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
    fn a_name_beyond_ascii_is_impersonated_too() {
        let named = |name: &[u8]| {
            let value = http::HeaderValue::from_bytes(name).unwrap();
            let headers = HeaderMap::from_iter([(HeaderName::from_static("impersonate-user"), value)]);
            impersonate(&headers, &admin(), &may(&["users"], &["jörg"]), lists_pods)
        };
        assert_eq!(&*named("jörg".as_bytes()).unwrap().unwrap().user.name, "jörg");
        assert_eq!(named("zoë".as_bytes()).unwrap_err().reason, Reason::Forbidden);
        assert_eq!(named(b"j\xf6rg").unwrap_err().reason, Reason::BadRequest, "and never left out");
    }

    #[test]
    fn a_service_account_brings_its_groups() {
        let headers = [("Impersonate-User", "system:serviceaccount:shop:till")];
        let user = ask(&headers, &may(&["serviceaccounts"], &["till"])).unwrap().unwrap();
        assert_eq!(user.groups.len(), 3);
        assert_eq!(ask(&headers, &may(&["users"], &[])).unwrap_err().reason, Reason::Forbidden);
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
