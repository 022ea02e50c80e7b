//! Whom a request wants to act as, and what that needs.

use http::HeaderMap;
use kontiki_api::Text;
use kontiki_api::kind::validate::dns_subdomain_fault;
use kontiki_api::request::User;
use kontiki_api::status::Status;

use super::headers::values;
use super::impersonate::{Mode, node_called};
use super::users::{ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, join, service_account_groups, service_account_of};
use crate::authorize::{Attributes, Authorize, Decision, MASTERS, NODES, forbidden};

const EXTRA_PREFIX: &str = "impersonate-extra-";
const IDENTITY: &str = "authentication.k8s.io";
/// From so many groups or extras on the right to all of them is asked for before that to each.
const MANY: usize = 4;

/// Whom a request wants to act as.
pub(super) struct Wanted<'a> {
    pub name: Option<&'a str>,
    uid: &'a str,
    groups: Vec<&'a str>,
    extra: Vec<(String, Vec<&'a str>)>,
}

impl<'a> Wanted<'a> {
    pub fn read(headers: &'a HeaderMap) -> Result<Self, Status> {
        let extra = headers.keys().filter_map(|name| name.as_str().strip_prefix(EXTRA_PREFIX));
        let extra = extra.map(|key| Ok((unescape(key), values(headers, &format!("{EXTRA_PREFIX}{key}"))?)));
        Ok(Self {
            name: values(headers, "impersonate-user")?.first().copied(),
            uid: values(headers, "impersonate-uid")?.first().copied().unwrap_or_default(),
            groups: values(headers, "impersonate-group")?,
            extra: extra.collect::<Result<_, Status>>()?,
        })
    }

    /// Whether nothing is told of whom, but for the name.
    pub fn is_name_alone(&self) -> bool {
        self.uid.is_empty() && self.groups.is_empty() && self.extra.is_empty()
    }

    /// Whether `user` is allowed all of this in `mode`, or without one in every request.
    ///
    /// # Errors
    /// 403 with what is not.
    pub fn permit(&self, authorizer: &dyn Authorize, user: &User, name: &str, mode: Option<Mode>) -> Result<(), Status> {
        let people = if mode.is_some() { IDENTITY } else { "" };
        let ask = |group: &str, resource: &str| Attributes {
            user: user.clone(),
            verb: mode.map_or("impersonate", Mode::verb).into(),
            group: group.into(),
            resource: resource.into(),
            ..Attributes::default()
        };
        let named = |attributes: &Attributes, name: &str| Attributes { name: name.into(), ..attributes.clone() };
        let node = node_called(name).filter(|_| mode.is_some());
        permit(
            authorizer,
            &match (node, service_account_of(name)) {
                // Allowed for its own node, whichever that is.
                (Some(_), _) if mode == Some(Mode::AssociatedNode) => named(&ask(people, "nodes"), "*"),
                (Some(node), _) => named(&ask(people, "nodes"), node),
                (None, Some((namespace, account))) => {
                    Attributes { namespace: namespace.into(), ..named(&ask(people, "serviceaccounts"), account) }
                }
                (None, None) => named(&ask(people, "users"), name),
            },
        )?;
        if !self.uid.is_empty() {
            permit(authorizer, &named(&ask(IDENTITY, "uids"), self.uid))?;
        }
        self.permit_groups(authorizer, &ask(people, "groups"), mode.is_some())?;
        self.permit_extra(authorizer, &ask(IDENTITY, "userextras"), mode.is_some())
    }

    fn permit_groups(&self, authorizer: &dyn Authorize, groups: &Attributes, constrained: bool) -> Result<(), Status> {
        let named = |name: &str| Attributes { name: name.into(), ..groups.clone() };
        if constrained && self.groups.contains(&"") {
            return Err(forbidden(groups, "impersonating the empty string group is not allowed"));
        }
        if constrained && self.groups.contains(&MASTERS) {
            return Err(forbidden(&named(MASTERS), "impersonating the system:masters group is not allowed"));
        }
        if constrained && self.groups.len() >= MANY && permit(authorizer, &named("*")).is_ok() {
            return Ok(());
        }
        self.groups.iter().try_for_each(|group| permit(authorizer, &named(group)))
    }

    fn permit_extra(&self, authorizer: &dyn Authorize, extras: &Attributes, constrained: bool) -> Result<(), Status> {
        let of = |key: &str, value: &str| Attributes { subresource: key.into(), name: value.into(), ..extras.clone() };
        if let Some(fault) = self.extra.iter().find_map(|(key, values)| extra_fault(key, values)).filter(|_| constrained) {
            return Err(forbidden(extras, &fault));
        }
        let count = self.extra.iter().map(|(_, values)| values.len().max(1)).sum::<usize>();
        if constrained && count >= MANY && permit(authorizer, &of("*", "*")).is_ok() {
            return Ok(());
        }
        let mut all = self.extra.iter().flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
        all.try_for_each(|(key, value)| permit(authorizer, &of(key, value)))
    }

    /// The user that is acted as.
    pub fn user(&self, name: &str, mode: Option<Mode>) -> User {
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

/// # Errors
/// 403 where it is not allowed.
pub(super) fn permit(authorizer: &dyn Authorize, asked: &Attributes) -> Result<(), Status> {
    match authorizer.authorize(asked) {
        Decision::Allow => Ok(()),
        Decision::NoOpinion(why) => Err(forbidden(asked, &why)),
    }
}

/// Why only the verb `impersonate` may give the extra `key`, with upstream's words.
fn extra_fault(key: &str, values: &[&str]) -> Option<String> {
    if key.is_empty() {
        return Some("impersonating the empty string key in extra is not allowed".into());
    }
    if !is_domain_prefixed_path(key) {
        return Some(format!(
            "impersonating an invalid key in extra is not allowed: extra.key: Invalid value: {key:?}: must be a domain-prefixed path \
             (such as \"acme.io/foo\")"
        ));
    }
    if key.chars().any(char::is_uppercase) {
        return Some(format!("impersonating a non-lowercase key in extra is not allowed: {key:?}"));
    }
    values.contains(&"").then(|| "impersonating the empty string value in extra is not allowed".into())
}

fn is_domain_prefixed_path(key: &str) -> bool {
    let is_of_path = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte);
    key.split_once('/').is_some_and(|(host, path)| {
        !host.is_empty() && dns_subdomain_fault(host).is_none() && !path.is_empty() && path.bytes().all(is_of_path)
    })
}

/// Extra keys are lower case and percent-encoded in header names.
fn unescape(key: &str) -> String {
    let mut out = Vec::with_capacity(key.len());
    let mut parts = key.split('%');
    out.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let code = part.get(..2).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(code) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else { return key.to_owned() };
        out.push(code);
        out.extend_from_slice(part.get(2..).unwrap_or_default().as_bytes());
    }
    String::from_utf8(out).unwrap_or_else(|_| key.to_owned())
}
