//! Acting as somebody else, where that is allowed.

use http::HeaderMap;
use kontiki_api::Text;
use kontiki_api::kind::validate::dns_subdomain_fault;
use kontiki_api::request::User;
use kontiki_api::status::Status;

use super::users::{NODE_NAME, service_account_of};
use super::wanted::{Wanted, permit};
use crate::authorize::{Attributes, Authorize};

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
/// 400 where groups, uid or extras come without a user, or one is not UTF-8; 403 where `user` may not: of several ways the first that
/// might have been allowed is told.
pub fn impersonate(
    headers: &HeaderMap,
    user: &User,
    authorizer: &dyn Authorize,
    asked: impl FnOnce() -> Attributes,
) -> Result<Option<Impersonated>, Status> {
    let wanted = Wanted::read(headers)?;
    let Some(name) = wanted.name.filter(|name| !name.is_empty()) else {
        return match wanted.is_name_alone() {
            true => Ok(None),
            false => Err(Status::bad_request("Impersonate-Group, -Uid and -Extra need Impersonate-User")),
        };
    };
    let asked = asked();
    let mut first = None;
    for mode in Mode::ALL.into_iter().filter(|mode| mode.is_for(&wanted, name, user)) {
        let on = Attributes { verb: mode.on(&asked.verb).into(), user: mode.asker(user), ..asked.clone() };
        match permit(authorizer, &on).and_then(|()| wanted.permit(authorizer, &on.user, name, Some(mode))) {
            Ok(()) => return Ok(Some(Impersonated { user: wanted.user(name, Some(mode)), constraint: Some(mode.verb()) })),
            Err(refusal) => {
                first.get_or_insert(refusal);
            }
        }
    }
    match wanted.permit(authorizer, user, name, None) {
        Ok(()) => Ok(Some(Impersonated { user: wanted.user(name, None), constraint: None })),
        Err(refusal) => Err(first.unwrap_or(refusal)),
    }
}

/// A way of impersonating that is allowed for some requests only: upstream's constrained impersonation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
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
    pub const fn verb(self) -> &'static str {
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
            Self::UserInfo => node.is_none() && account.is_none(),
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
pub(super) fn node_called(user: &str) -> Option<&str> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorize::Decision;
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
            assert!(refused.message.contains("cannot impersonate"), "{}", refused.message);
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
    fn the_first_way_that_might_have_been_allowed_is_told_of() {
        let why = |rules: Vec<Rule>, headers: &[(&str, &str)]| ask_as(admin(), headers, &Rules(rules)).unwrap_err().message;
        let bob = [("Impersonate-User", "bob")];
        let told = "cannot impersonate-on:user-info:list resource \"pods\" in API group \"\" in the namespace \"shop\"";
        assert!(why(Vec::new(), &bob).contains(told));
        let on = || rule("impersonate-on:user-info:list", "", "pods", &[]);
        let who = || rule("impersonate:user-info", "authentication.k8s.io", "users", &[]);
        assert!(why(vec![on()], &bob).contains("cannot impersonate:user-info resource \"users\""));
        let masters = [bob[0], ("Impersonate-Group", "system:masters")];
        assert!(why(vec![on(), who()], &masters).contains("impersonating the system:masters group is not allowed"));
        let plain = [bob[0], ("Impersonate-Extra-Team", "blue")];
        assert!(why(vec![on(), who()], &plain).contains("must be a domain-prefixed path"));
        let legacy = [("Impersonate-User", "system:serviceaccount:Shop:till"), ("Impersonate-Uid", "7")];
        assert!(why(Vec::new(), &legacy).contains("impersonate-on:user-info:list"), "no account has such a name");
    }

    #[test]
    fn who_may_give_all_groups_and_extras_may_give_many() {
        let identity = "authentication.k8s.io";
        let rules = |names: &[&str]| {
            Rules(vec![
                rule("impersonate-on:user-info:list", "", "pods", &[]),
                rule("impersonate:user-info", identity, "users", &[]),
                rule("impersonate:user-info", identity, "groups", names),
                rule("impersonate:user-info", identity, "userextras/*", names),
                rule("impersonate:user-info", identity, "userextras/example.com/team", names),
            ])
        };
        let many = |header: &'static str, count: usize| {
            let values = ["a", "b", "c", "d"].into_iter().take(count).map(move |value| (header, value));
            [("Impersonate-User", "bob")].into_iter().chain(values).collect::<Vec<_>>()
        };
        let is_allowed = |headers: Vec<(&str, &str)>, rules: &Rules| {
            let headers = headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
            impersonate(&headers.collect(), &admin(), rules, || Attributes { user: admin(), ..lists_pods() }).is_ok()
        };
        for header in ["Impersonate-Group", "Impersonate-Extra-Example.com%2Fteam"] {
            assert!(is_allowed(many(header, 4), &rules(&["*"])), "{header}");
            assert!(!is_allowed(many(header, 3), &rules(&["*"])), "{header}: each of a few is asked for");
            assert!(is_allowed(many(header, 4), &rules(&["a", "b", "c", "d"])), "{header}");
            assert!(!is_allowed(many(header, 4), &rules(&["a", "b", "c"])), "{header}");
        }
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
        assert_eq!(ask(&[("Impersonate-User", "")], &may(&[], &[])).unwrap(), None);
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
