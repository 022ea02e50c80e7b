//! Issues and verifies service-account tokens.

use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use kontiki_api::go::quoted_list;
use kontiki_api::meta::Key;
use kontiki_api::time::Time;
use serde_json::{Map, Value, json};

use super::bound_token::{BoundRef, BoundToken};
use super::claims::{Claims, ISSUER, LEGACY_ISSUER, LEGACY_PREFIX};
use super::signing_keys::SigningKeys;
use super::users::service_account_user;

/// Where the public key is found.
const JWKS_PATH: &str = "/openid/v1/jwks";
/// Where OpenID Connect is told where that is.
const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

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
    #[error("invalid bearer token")]
    Unknown,
    /// Its time is over.
    #[error("service account token has expired")]
    Expired,
    /// Its time has not come.
    #[error("service account token is not valid yet")]
    Early,
    /// Meant for the first, asked for the second.
    #[error("token audiences {} is invalid for the target audiences {}", quoted_list(.0), quoted_list(.1))]
    Audience(Vec<String>, Vec<String>),
    /// What it is bound to is gone.
    #[error("{}", gone(.0))]
    Gone(Key),
    /// A bootstrap token that does not hold.
    #[error("the bootstrap token does not hold: {0}")]
    Refused(String),
}

/// The signer and verifier of this cluster's tokens. Its keys may be replaced while it is used.
pub struct Tokens {
    keys: ArcSwap<SigningKeys>,
    generation: AtomicU64,
}

impl Tokens {
    /// Signs with the first key of `pem` and verifies with all: PKCS#8, P-256 (see [`crate::pki::Pki::token_key`]).
    ///
    /// # Errors
    /// `Key` where one is not such a key, or there is none.
    pub fn new(pem: &str) -> Result<Self, TokenError> {
        let keys = SigningKeys::read(pem).map_err(TokenError::Key)?;
        Ok(Self { keys: ArcSwap::from_pointee(keys), generation: AtomicU64::new(0) })
    }

    /// A key that was never used: what [`Tokens::new`] reads.
    ///
    /// # Errors
    /// `Signing`.
    pub fn new_key() -> Result<String, TokenError> {
        rcgen::KeyPair::generate().map(|key| key.serialize_pem()).map_err(|_| TokenError::Signing)
    }

    /// Signs and verifies with these from now on.
    ///
    /// # Errors
    /// As [`Tokens::new`]: then nothing changes.
    pub fn renew(&self, pem: &str) -> Result<(), TokenError> {
        self.keys.store(SigningKeys::read(pem).map(Into::into).map_err(TokenError::Key)?);
        self.generation.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// The keys, each by itself, as [`Tokens::new`] reads them; the first signs.
    pub fn pems(&self) -> Vec<String> {
        self.keys.load().pems()
    }

    /// The names of the keys, `kid` in tokens; the first signs.
    pub fn key_ids(&self) -> Vec<String> {
        self.keys.load().ids()
    }

    /// Another number whenever the keys are others: what was verified under an older one may hold no longer.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether the key that signs now signed `token`.
    pub fn is_current(&self, token: &str) -> bool {
        self.keys.load().is_current(token)
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
        self.keys.load().sign(&claims).ok_or(TokenError::Signing)
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
        self.keys.load().sign(&Value::Object(claims)).ok_or(TokenError::Signing)
    }

    /// The claims of `token` where it is ours, holds now, and is meant for one of `audiences`. What it is bound to is for the caller to look up.
    ///
    /// # Errors
    /// `Unknown`, `Audience`, `Expired` or `Early`.
    pub fn verify(&self, token: &str, audiences: &[String], now: Time) -> Result<Claims, TokenError> {
        let claims = self.keys.load().verify(token).as_ref().and_then(Claims::read).ok_or(TokenError::Unknown)?;
        let now = seconds(now);
        if !claims.audiences.iter().any(|audience| audiences.contains(audience)) {
            return Err(TokenError::Audience(claims.audiences, audiences.to_vec()));
        }
        if claims.expires.is_some_and(|end| end <= now) {
            return Err(TokenError::Expired);
        }
        if claims.not_before > now {
            return Err(TokenError::Early);
        }
        Ok(claims)
    }

    /// What others need to verify tokens, where it lies at `path`: OpenID Connect discovery, or the public keys.
    pub fn document(&self, path: &str) -> Option<Value> {
        match path {
            DISCOVERY_PATH => Some(json!({
                "issuer": ISSUER,
                "jwks_uri": format!("{ISSUER}{JWKS_PATH}"),
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            })),
            JWKS_PATH => Some(json!({"keys": self.keys.load().jwks()})),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

fn gone(key: &Key) -> String {
    match key.resource.as_str() {
        "serviceaccounts" => format!("serviceaccounts {:?} not found", &*key.name),
        _ => "service account token has been invalidated".into(),
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
        assert_eq!(tokens.verify(&token, &audiences, later(-1)), Err(TokenError::Early));
    }

    #[test]
    fn a_token_for_others_is_refused() {
        let tokens = tokens();
        let token = tokens.bound(&till(), NOW).unwrap();
        let refused = tokens.verify(&token, &["vault".into()], NOW);
        assert_eq!(refused, Err(TokenError::Audience(vec![ISSUER.into()], vec!["vault".into()])));
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
    fn after_a_rotation_older_tokens_hold_until_their_key_is_forgotten() {
        let tokens = tokens();
        let (audiences, old) = ([ISSUER.to_owned()], tokens.bound(&till(), NOW).unwrap());
        let new = Tokens::new_key().unwrap();
        tokens.renew(&(new.clone() + &tokens.pems().concat())).unwrap();
        let newer = tokens.bound(&till(), NOW).unwrap();
        assert!(tokens.verify(&old, &audiences, NOW).is_ok() && tokens.verify(&newer, &audiences, NOW).is_ok());
        assert!(tokens.is_current(&newer) && !tokens.is_current(&old));
        let published = tokens.document(JWKS_PATH).unwrap();
        let published: Vec<&str> = published["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
        assert_eq!(published, tokens.key_ids());
        tokens.renew(&new).unwrap();
        assert!(tokens.verify(&newer, &audiences, NOW).is_ok());
        assert_eq!(tokens.verify(&old, &audiences, NOW), Err(TokenError::Unknown));
        assert_eq!(tokens.generation(), 2);
        assert!(matches!(tokens.renew("nothing"), Err(TokenError::Key(_))) && tokens.generation() == 2);
    }

    #[test]
    fn a_legacy_token_names_its_secret_and_does_not_end_by_time() {
        let tokens = tokens();
        let token = tokens.legacy("shop", "till", "u1", "till-token").unwrap();
        let claims = tokens.verify(&token, &[ISSUER.into()], later(1 << 32)).unwrap();
        assert_eq!(claims.subject, till().subject);
        assert_eq!(claims.secret.map(|secret| secret.name), Some("till-token".into()));
        let elsewhere = tokens.verify(&token, &["vault".into()], NOW);
        assert_eq!(elsewhere, Err(TokenError::Audience(vec![ISSUER.into()], vec!["vault".into()])), "for the API server alone");
    }
}
