//! User names and groups with a meaning of their own.

use kontiki_api::Text;
use kontiki_api::kind::validate::{dns_label_fault, dns_subdomain_fault};
use kontiki_api::request::User;

pub(crate) const AUTHENTICATED: &str = "system:authenticated";
pub(crate) const UNAUTHENTICATED: &str = "system:unauthenticated";
pub(crate) const ANONYMOUS: &str = "system:anonymous";
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";
/// The extra that tells credentials of the same user apart.
pub(crate) const CREDENTIAL_ID: &str = "authentication.kubernetes.io/credential-id";
/// The extra of a bound token's user that names the node of its pod.
pub(crate) const NODE_NAME: &str = "authentication.kubernetes.io/node-name";

/// The user of a request without credentials.
pub fn anonymous() -> User {
    User { name: ANONYMOUS.into(), groups: vec![UNAUTHENTICATED.into()], ..User::default() }
}

/// The user name of a service account.
pub fn service_account_user(namespace: &str, name: &str) -> String {
    format!("{SERVICE_ACCOUNT}{namespace}:{name}")
}

/// Namespace and name of the service account whose user name this is; `None` for names that no service account can have.
pub fn service_account_of(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix(SERVICE_ACCOUNT)?.split_once(':')?;
    (dns_label_fault(namespace).is_none() && dns_subdomain_fault(name).is_none()).then_some((namespace, name))
}

/// The groups of every service account of `namespace`, `system:authenticated` not among them.
pub fn service_account_groups(namespace: &str) -> Vec<Text> {
    vec!["system:serviceaccounts".into(), format!("system:serviceaccounts:{namespace}").into()]
}

/// Adds `group` where it is not there.
pub(crate) fn join(groups: &mut Vec<Text>, group: &str) {
    if !groups.iter().any(|other| &**other == group) {
        groups.push(group.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_names_are_service_accounts() {
        assert_eq!(service_account_of(&service_account_user("shop", "till")), Some(("shop", "till")));
        for name in [
            "system:serviceaccount:shop",
            "system:serviceaccount::till",
            "system:serviceaccount:a:b:c",
            "system:serviceaccount:A:b",
            "system:serviceaccount:a:b_c",
            "bob",
        ] {
            assert_eq!(service_account_of(name), None, "{name}");
        }
    }
}
