//! Issues and verifies service-account tokens.

use std::collections::HashMap;

use kontiki_api::time::Time;
use serde_json::{Map, Value, json};

use super::bound_token::{BoundRef, BoundToken};
use super::claims::{Claims, ISSUER, LEGACY_ISSUER, LEGACY_PREFIX};
use super::jws::Key;
use super::users::service_account_user;

/// Where the public key is found.
const JWKS_PATH: &str = "/openid/v1/jwks";

/// Why a token is not issued or not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The signing key cannot be used.
    #[error("the service-account key is not usable: {0}")]
    Key(String),
    /// No token could be signed: the system has no randomness.
    #[error("the token cannot be signed")]
    Signing,
    /// Not a token of ours.
    #[error("the token is not one of this cluster's")]
    Unknown,
    /// Its time is over, or has not come.
    #[error("the token has expired or is not valid yet")]
    Expired,
    /// Meant for others.
    #[error("the token is meant for {0:?}")]
    Audience(Vec<String>),
    /// What it is bound to is gone.
    #[error("the token is bound to {0}, which is gone")]
    Gone(String),
    /// A bootstrap token that does not hold.
    #[error("the bootstrap token does not hold: {0}")]
    Refused(String),
}

/// The signer and verifier of this cluster's tokens.
pub struct Tokens {
    key: Key,
}

impl Tokens {
    /// Signs and verifies with `key_pem`: PKCS#8, P-256 (see [`crate::pki::Pki::token_key`]).
    ///
    /// # Errors
    /// `Key` where it is not such a key.
    pub fn new(key_pem: &str) -> Result<Self, TokenError> {
        Ok(Self { key: Key::read(key_pem).map_err(TokenError::Key)? })
    }

    /// A token that ends, for what it is bound to or by time.
    ///
    /// # Errors
    /// `Signing`.
    pub fn bound(&self, token: &BoundToken, now: Time) -> Result<String, TokenError> {
        let now = seconds(now);
        let claims = json!({
            "aud": token.audiences,
            "exp": now.saturating_add(token.lifetime_seconds),
            "iat": now,
            "iss": ISSUER,
            "jti": token.id,
            "kubernetes.io": private_claims(token),
            "nbf": now,
            "sub": service_account_user(&token.subject.namespace, &token.subject.name),
        });
        self.key.sign(&claims).ok_or(TokenError::Signing)
    }

    /// A token kept in a Secret of type `kubernetes.io/service-account-token`: it holds as long as
    /// the Secret holds it and the account (by uid) is there.
    ///
    /// # Errors
    /// `Signing`.
    pub fn legacy(&self, namespace: &str, account: &str, account_uid: &str, secret: &str) -> Result<String, TokenError> {
        let mut claims = Map::new();
        claims.insert("iss".into(), LEGACY_ISSUER.into());
        let named = [
            ("namespace", namespace),
            ("secret.name", secret),
            ("service-account.name", account),
            ("service-account.uid", account_uid),
        ];
        claims.extend(named.map(|(name, value)| (format!("{LEGACY_PREFIX}{name}"), Value::from(value))));
        claims.insert("sub".into(), service_account_user(namespace, account).into());
        self.key.sign(&Value::Object(claims)).ok_or(TokenError::Signing)
    }

    /// The claims of `token` where it is ours, holds now, and (unless legacy) is meant for one of
    /// `audiences`. What it is bound to is for the caller to look up.
    ///
    /// # Errors
    /// `Unknown`, `Expired` or `Audience`.
    pub fn verify(&self, token: &str, audiences: &[String], now: Time) -> Result<Claims, TokenError> {
        let claims = self.key.verify(token).as_ref().and_then(Claims::read).ok_or(TokenError::Unknown)?;
        let now = seconds(now);
        if claims.expires.is_some_and(|end| end <= now) || claims.not_before > now {
            return Err(TokenError::Expired);
        }
        if claims.expires.is_some() && !claims.audiences.iter().any(|audience| audiences.contains(audience)) {
            return Err(TokenError::Audience(claims.audiences));
        }
        Ok(claims)
    }

    /// What others need to verify tokens: OpenID Connect discovery and the public key, by path.
    pub fn documents(&self) -> HashMap<String, Value> {
        let discovery = json!({
            "issuer": ISSUER,
            "jwks_uri": format!("{ISSUER}{JWKS_PATH}"),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        });
        let keys = json!({"keys": [self.key.jwk()]});
        HashMap::from([("/.well-known/openid-configuration".into(), discovery), (JWKS_PATH.into(), keys)])
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

fn private_claims(token: &BoundToken) -> Value {
    let reference = |of: &BoundRef| json!({"name": &*of.name, "uid": &*of.uid});
    let mut claims = Map::new();
    claims.insert("namespace".into(), json!(&*token.subject.namespace));
    for (name, bound) in [("node", &token.node), ("pod", &token.pod), ("secret", &token.secret)] {
        if let Some(bound) = bound {
            claims.insert(name.into(), reference(bound));
        }
    }
    claims.insert("serviceaccount".into(), json!({"name": &*token.subject.name, "uid": &*token.subject.uid}));
    Value::Object(claims)
}

fn seconds(time: Time) -> i64 {
    time.as_micros().div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authenticate::Subject;

    const NOW: Time = Time::from_micros(1_790_000_000_000_000);

    fn tokens() -> Tokens {
        Tokens::new(&rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap()
    }

    fn till() -> BoundToken {
        BoundToken {
            subject: Subject { namespace: "shop".into(), name: "till".into(), uid: "u1".into() },
            audiences: vec![ISSUER.into()],
            lifetime_seconds: 600,
            pod: Some(BoundRef { name: "till-0".into(), uid: "u2".into() }),
            secret: None,
            node: None,
            id: "id-1".into(),
        }
    }

    fn later(seconds: i64) -> Time {
        Time::from_micros(NOW.as_micros() + seconds * 1_000_000)
    }

    #[test]
    fn a_bound_token_holds_until_its_time_is_over() {
        let tokens = tokens();
        let token = tokens.bound(&till(), NOW).unwrap();
        let audiences = [ISSUER.to_owned()];
        let claims = tokens.verify(&token, &audiences, later(599)).unwrap();
        assert_eq!((claims.subject, claims.pod, &*claims.id), (till().subject, till().pod, "id-1"));
        assert_eq!(tokens.verify(&token, &audiences, later(600)), Err(TokenError::Expired));
        assert_eq!(tokens.verify(&token, &audiences, later(-1)), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_for_others_is_refused() {
        let tokens = tokens();
        let token = tokens.bound(&till(), NOW).unwrap();
        let refused = tokens.verify(&token, &["vault".into()], NOW);
        assert_eq!(refused, Err(TokenError::Audience(vec![ISSUER.into()])));
    }

    #[test]
    fn a_token_of_another_key_or_with_a_changed_byte_is_not_ours() {
        let tokens = tokens();
        let audiences = [ISSUER.to_owned()];
        let foreign = super::tests::tokens().bound(&till(), NOW).unwrap();
        assert_eq!(tokens.verify(&foreign, &audiences, NOW), Err(TokenError::Unknown));
        let token = tokens.bound(&till(), NOW).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let unsigned = format!("{}.{}.", parts[0], parts[1]);
        for broken in ["", "a", "a.b", "a.b.c", &unsigned, &token[1..], &format!("{token}A")] {
            assert_eq!(tokens.verify(broken, &audiences, NOW), Err(TokenError::Unknown), "{broken}");
        }
    }

    #[test]
    fn a_legacy_token_names_its_secret_and_does_not_end_by_time() {
        let tokens = tokens();
        let token = tokens.legacy("shop", "till", "u1", "till-token").unwrap();
        let claims = tokens.verify(&token, &[], later(1 << 32)).unwrap();
        assert_eq!(claims.subject, till().subject);
        assert_eq!(claims.secret.map(|secret| secret.name), Some("till-token".into()));
    }
}
