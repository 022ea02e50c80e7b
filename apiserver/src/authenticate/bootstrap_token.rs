//! Tokens by which new nodes introduce themselves.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::Text;
use kontiki_api::meta::Key;
use kontiki_api::request::User;
use kontiki_api::time::Time;
use kontiki_store::Store;
use serde_json::Value;

use super::TokenError;
use super::cache::fingerprint;
use super::users::{AUTHENTICATED, join};

const NAMESPACE: &str = "kube-system";
const TYPE: &str = "bootstrap.kubernetes.io/token";
const GROUP: &str = "system:bootstrappers";

/// Id and secret of `token`; `None` where it has not the form of a bootstrap token, `abcdef.0123456789abcdef`.
pub(super) fn parts(token: &str) -> Option<(&str, &str)> {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    token.split_once('.').filter(|(id, secret)| id.len() == 6 && secret.len() == 16 && plain(id) && plain(secret))
}

/// The user of the bootstrap token of `id` and `secret`, as the Secret `bootstrap-token-ID` in `kube-system` says.
///
/// # Errors
/// Where there is none, it has another secret, has expired, or is not for authentication.
pub(super) fn user(store: &dyn Store, id: &str, secret: &str, now: Time) -> Result<User, TokenError> {
    let unknown = || TokenError::Refused("its Secret is not there".into());
    let found = store.get(&Key::new("secrets", NAMESPACE, format!("bootstrap-token-{id}"))).ok_or_else(unknown)?;
    let value = found.to_value();
    let data = Data(&value);
    let is_token = value.get("type").and_then(Value::as_str) == Some(TYPE) && found.head.deleted.is_none();
    let same = fingerprint(data.text("token-secret").as_bytes()) == fingerprint(secret.as_bytes());
    if !is_token || !same || data.text("token-id") != id {
        return Err(unknown());
    }
    let expiration = data.text("expiration");
    if !expiration.is_empty() && Time::parse(&expiration).is_none_or(|end| end <= now) {
        return Err(TokenError::Refused("it has expired".into()));
    }
    if data.text("usage-bootstrap-authentication") != "true" {
        return Err(TokenError::Refused("it is not for authentication".into()));
    }
    let mut groups: Vec<Text> = vec![GROUP.into()];
    for group in data.text("auth-extra-groups").split(',').map(str::trim).filter(|group| !group.is_empty()) {
        if !is_bootstrap_group(group) {
            return Err(TokenError::Refused(format!("{group:?} is no group of bootstrap tokens")));
        }
        join(&mut groups, group);
    }
    join(&mut groups, AUTHENTICATED);
    Ok(User { name: format!("system:bootstrap:{id}").into(), groups, ..User::default() })
}

/// `system:bootstrappers:` and small letters, digits, colons and dashes, a letter or digit last.
fn is_bootstrap_group(group: &str) -> bool {
    let rest = group.strip_prefix("system:bootstrappers:").unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    rest.len() <= 256
        && rest.bytes().all(|byte| plain(byte) || matches!(byte, b':' | b'-'))
        && rest.bytes().last().is_some_and(plain)
}

/// The `data` of a Secret.
struct Data<'a>(&'a Value);

impl Data<'_> {
    fn text(&self, name: &str) -> String {
        let encoded = self.0.get("data").and_then(|data| data.get(name)).and_then(Value::as_str);
        let decoded = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
        decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{NOW, cluster, put};
    use serde_json::json;

    fn token(more: &[(&str, &str)]) -> Value {
        let mut data = json!({"token-id": STANDARD.encode("abcdef"), "token-secret": STANDARD.encode("0123456789abcdef")});
        for (name, value) in [("usage-bootstrap-authentication", "true")].iter().chain(more) {
            data[*name] = STANDARD.encode(value).into();
        }
        json!({"apiVersion": "v1", "kind": "Secret", "type": TYPE, "data": data,
            "metadata": {"name": "bootstrap-token-abcdef", "namespace": NAMESPACE}})
    }

    #[test]
    fn only_six_and_sixteen_letters_are_a_bootstrap_token() {
        assert_eq!(parts("abcdef.0123456789abcdef"), Some(("abcdef", "0123456789abcdef")));
        for token in ["abcdef", "abcde.0123456789abcdef", "abcdef.0123456789abcdeF", "a.b.c", "Abcdef.0123456789abcdef"] {
            assert_eq!(parts(token), None, "{token}");
        }
    }

    #[tokio::test]
    async fn a_token_holds_as_long_as_its_secret_says() {
        let store = cluster().await;
        let ask = |secret: &str| user(&*store, "abcdef", secret, NOW);
        assert!(ask("0123456789abcdef").is_err());
        put(&*store, token(&[("auth-extra-groups", "system:bootstrappers:kubeadm:default-node-token")])).await;
        let found = ask("0123456789abcdef").unwrap();
        assert_eq!(&*found.name, "system:bootstrap:abcdef");
        let groups = ["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:authenticated"];
        assert_eq!(found.groups, groups.map(Text::from));
        assert!(ask("0123456789abcdee").is_err());
        let later = Time::from_micros(NOW.as_micros() + 1_000_000).seconds();
        put(&*store, token(&[("expiration", &later)])).await;
        assert!(ask("0123456789abcdef").is_ok());
        for wrong in [
            ("expiration", &*NOW.seconds()),
            ("expiration", "soon"),
            ("usage-bootstrap-authentication", "false"),
            ("auth-extra-groups", "system:masters"),
            ("token-id", "fedcba"),
        ] {
            put(&*store, token(&[wrong])).await;
            assert!(ask("0123456789abcdef").is_err(), "{wrong:?}");
        }
    }
}
