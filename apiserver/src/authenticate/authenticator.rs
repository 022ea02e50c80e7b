//! The authenticator of the API server.

use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderMap;
use kontiki_api::request::User;
use kontiki_api::status::{Reason, Status};
use kontiki_api::time::Time;
use kontiki_store::Store;
use rustls_pki_types::CertificateDer;

use super::bindings::Bindings;
use super::cache::{BySignatures, Cache, Fingerprint, fingerprint};
use super::claims::{Claims, ISSUER};
use super::users::{AUTHENTICATED, CREDENTIAL_ID, service_account_groups, service_account_user};
use super::{
    Authenticate, CertificateAuthority, RequestHeader, TokenError, TokenFile, Tokens, anonymous, bootstrap_token, headers,
};
use crate::Clock;
use crate::forward::{FRONT_PROXY, remote_user};

/// Proxies that speak for others, client certificates of the cluster's authority, tokens, or nobody.
pub struct Authenticator {
    store: Arc<dyn Store>,
    tokens: Arc<Tokens>,
    authority: CertificateAuthority,
    clock: Clock,
    known_tokens: Cache<Fingerprint, Arc<KnownToken>>,
    /// By the certificate itself, which is no secret: to hash it would cost more than all else that is done with it.
    known_certificates: Cache<Box<[u8]>, (Arc<User>, Time), BySignatures>,
    file: TokenFile,
    proxies: Option<RequestHeader>,
    refuses_anonymous: bool,
}

/// A token whose signature has been verified.
struct KnownToken {
    user: User,
    until: Option<i64>,
    bindings: Bindings,
    /// The generation of the keys that it was verified with.
    generation: u64,
}

impl Authenticator {
    /// Judges by `authority` and `tokens`; what tokens are bound to is looked up in `store`.
    pub fn new(store: Arc<dyn Store>, tokens: Arc<Tokens>, authority: CertificateAuthority, clock: Clock) -> Self {
        let (known_tokens, known_certificates) = (Cache::new(), Cache::new());
        let (file, proxies, refuses_anonymous) = (TokenFile::default(), None, false);
        Self { store, tokens, authority, clock, known_tokens, known_certificates, file, proxies, refuses_anonymous }
    }

    /// The same, which knows the tokens of `file` too.
    #[must_use]
    pub fn with_token_file(self, file: TokenFile) -> Self {
        Self { file, ..self }
    }

    /// The same, which takes the word of `proxies`.
    #[must_use]
    pub fn with_proxies(self, proxies: RequestHeader) -> Self {
        Self { proxies: Some(proxies), ..self }
    }

    /// The same, which refuses requests without credentials, those for health among them.
    #[must_use]
    pub fn without_anonymous(self) -> Self {
        Self { refuses_anonymous: true, ..self }
    }

    /// The user of a bearer token meant for the API server.
    ///
    /// # Errors
    /// Why it does not hold.
    pub fn token_user(&self, token: &str) -> Result<User, TokenError> {
        let (now, at) = ((self.clock)(), fingerprint(token.as_bytes()));
        if let Some(other) = self.other_user(token, &at, now) {
            return other;
        }
        if let Some(known) = self.known_tokens.get(&at)
            && known.generation == self.tokens.generation()
            && known.until.is_none_or(|until| now.as_micros() < until.saturating_mul(1_000_000))
            && known.bindings.check(&*self.store, now).is_ok()
        {
            return Ok(known.user.clone());
        }
        let known = self.verified(token, &[ISSUER.to_owned()], now).map(|(known, _)| known);
        match known {
            Ok(known) => {
                let user = known.user.clone();
                self.known_tokens.put(at, Arc::new(known));
                Ok(user)
            }
            Err(error) => {
                self.known_tokens.remove(&at);
                Err(error)
            }
        }
    }

    /// The user of a token meant for one of `audiences`, and which of them it is meant for:
    /// what a `TokenReview` asks.
    ///
    /// # Errors
    /// Why it does not hold.
    pub fn review(&self, token: &str, audiences: &[String]) -> Result<(User, Vec<String>), TokenError> {
        if let Some(other) = self.other_user(token, &fingerprint(token.as_bytes()), (self.clock)()) {
            // Such tokens are meant for the API server alone.
            let meant: Vec<String> = audiences.iter().filter(|audience| *audience == ISSUER).cloned().collect();
            return if meant.is_empty() { Err(TokenError::Unknown) } else { Ok((other?, meant)) };
        }
        let (known, claims) = self.verified(token, audiences, (self.clock)())?;
        let meant = audiences.iter().filter(|asked| claims.audiences.contains(asked));
        Ok((known.user, meant.cloned().collect()))
    }

    /// The user of a token that no service account has: of the file, or of a Secret for new nodes.
    fn other_user(&self, token: &str, at: &Fingerprint, now: Time) -> Option<Result<User, TokenError>> {
        if let Some(user) = self.file.user(at) {
            return Some(Ok(user));
        }
        bootstrap_token::parts(token).map(|(id, secret)| bootstrap_token::user(&*self.store, id, secret, now))
    }

    /// The user of a client certificate chain, leaf first.
    pub fn certificate_user(&self, peer: &[CertificateDer<'static>]) -> Option<Arc<User>> {
        let (now, leaf) = ((self.clock)(), &**peer.first()?);
        if let Some((user, until)) = self.known_certificates.get(leaf)
            && now < until
        {
            return Some(user);
        }
        let (user, until) = self.authority.user(peer, now)?;
        let user = Arc::new(user);
        self.known_certificates.put(leaf.into(), (Arc::clone(&user), until));
        Some(user)
    }

    fn verified(&self, token: &str, audiences: &[String], now: Time) -> Result<(KnownToken, Claims), TokenError> {
        // Before the token is verified: where the keys change meanwhile, it is verified again.
        let generation = self.tokens.generation();
        let claims = self.tokens.verify(token, audiences, now)?;
        let bindings = Bindings::establish(&claims, token, &*self.store, now)?;
        Ok((KnownToken { user: user_of(&claims), until: claims.expires, bindings, generation }, claims))
    }
}

#[async_trait]
impl Authenticate for Authenticator {
    async fn authenticate(&self, headers: &HeaderMap, peer: &[CertificateDer<'static>]) -> Result<User, Status> {
        let unauthorized = || Status::new(Reason::Unauthorized, "Unauthorized");
        if let Some(proxies) = &self.proxies
            && let Some(user) = proxies.user(headers, peer, (self.clock)())?
        {
            return Ok(user);
        }
        if let Some(user) = self.certificate_user(peer) {
            return if *user.name == *FRONT_PROXY {
                remote_user(headers).ok_or_else(unauthorized)
            } else {
                Ok(User::clone(&user))
            };
        }
        match headers::bearer(headers) {
            Some(token) => self.token_user(&token).map_err(|error| {
                tracing::debug!(%error, "a bearer token was refused");
                unauthorized()
            }),
            None if peer.is_empty() && !self.refuses_anonymous => Ok(anonymous()),
            None => Err(unauthorized()),
        }
    }

    fn is_master(&self, peer: &[CertificateDer<'static>]) -> bool {
        self.certificate_user(peer).is_some_and(|user| *user.name == *FRONT_PROXY)
    }
}

fn user_of(claims: &Claims) -> User {
    let subject = &claims.subject;
    let mut groups = service_account_groups(&subject.namespace);
    groups.push(AUTHENTICATED.into());
    let mut extra = Vec::new();
    let mut say = |name: &str, value: kontiki_api::Text| {
        extra.push((name.into(), vec![value]));
    };
    if !claims.id.is_empty() {
        say(CREDENTIAL_ID, format!("JTI={}", claims.id).into());
    }
    for (kind, bound) in [("node", &claims.node), ("pod", &claims.pod)] {
        let Some(bound) = bound else { continue };
        say(&format!("authentication.kubernetes.io/{kind}-name"), bound.name.clone());
        say(&format!("authentication.kubernetes.io/{kind}-uid"), bound.uid.clone());
    }
    let name = service_account_user(&subject.namespace, &subject.name).into();
    User { name, uid: subject.uid.clone(), groups, extra }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authenticate::{BoundRef, BoundToken, Subject};
    use crate::fixture::{NOW, cluster, delete, put};
    use crate::pki::Pki;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use http::header::AUTHORIZATION;
    use kontiki_api::meta::Key;
    use serde_json::json;

    struct Setup {
        store: Arc<dyn Store>,
        tokens: Arc<Tokens>,
        pki: Pki,
        authenticator: Authenticator,
    }

    async fn setup() -> Setup {
        let store: Arc<dyn Store> = cluster().await;
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::open(dir.path(), NOW).unwrap();
        let tokens = Arc::new(Tokens::new(pki.token_key()).unwrap());
        let authority = CertificateAuthority::new(pki.authority()).unwrap();
        let authenticator = Authenticator::new(store.clone(), tokens.clone(), authority, Arc::new(|| NOW));
        put(&*store, account("u1")).await;
        Setup { store, tokens, pki, authenticator }
    }

    fn account(uid: &str) -> serde_json::Value {
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "till", "namespace": "shop", "uid": uid}})
    }

    fn pod(uid: &str) -> serde_json::Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop", "uid": uid}, "spec": {}})
    }

    impl Setup {
        fn token(&self, pod: Option<&str>) -> String {
            let wanted = BoundToken {
                subject: Subject { namespace: "shop".into(), name: "till".into(), uid: "u1".into() },
                audiences: vec![ISSUER.into()],
                lifetime_seconds: 600,
                pod: pod.map(|uid| BoundRef { name: "p".into(), uid: uid.into() }),
                secret: None,
                node: None,
                id: "id".into(),
            };
            self.tokens.bound(&wanted, NOW).unwrap()
        }

        async fn ask(&self, token: &str) -> Result<User, Status> {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
            self.authenticator.authenticate(&headers, &[]).await
        }
    }

    #[tokio::test]
    async fn without_credentials_one_is_anonymous() {
        let setup = setup().await;
        let user = setup.authenticator.authenticate(&HeaderMap::new(), &[]).await.unwrap();
        assert_eq!(user, anonymous());
    }

    #[tokio::test]
    async fn a_service_account_token_holds_as_long_as_account_and_pod_live() {
        let setup = setup().await;
        put(&*setup.store, pod("p1")).await;
        let token = setup.token(Some("p1"));
        let user = setup.ask(&token).await.unwrap();
        assert_eq!(&*user.name, "system:serviceaccount:shop:till");
        let groups = ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"];
        assert_eq!(user.groups, groups.map(kontiki_api::Text::from));
        assert!(user.extra.contains(&("authentication.kubernetes.io/pod-uid".into(), vec!["p1".into()])));
        put(&*setup.store, pod("p2")).await;
        assert_eq!(setup.ask(&token).await.unwrap_err().reason, Reason::Unauthorized);
        let unbound = setup.token(None);
        assert!(setup.ask(&unbound).await.is_ok());
        put(&*setup.store, account("u2")).await;
        assert!(setup.ask(&unbound).await.is_err());
    }

    #[tokio::test]
    async fn a_token_in_a_secret_holds_as_long_as_the_secret_holds_it() {
        let setup = setup().await;
        let token = setup.tokens.legacy("shop", "till", "u1", "s").unwrap();
        assert!(setup.ask(&token).await.is_err(), "not in a Secret yet");
        let secret = |token: &str| {
            json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
                "metadata": {"name": "s", "namespace": "shop", "uid": "s1"}, "data": {"token": STANDARD.encode(token)}})
        };
        put(&*setup.store, secret(&token)).await;
        assert!(setup.ask(&token).await.is_ok());
        put(&*setup.store, secret("another")).await;
        assert!(setup.ask(&token).await.is_err());
        put(&*setup.store, secret(&token)).await;
        assert!(setup.ask(&token).await.is_ok());
        delete(&*setup.store, "secrets", "shop", "s").await;
        assert!(setup.ask(&token).await.is_err());
    }

    #[tokio::test]
    async fn a_pod_that_is_being_deleted_keeps_its_token_for_a_minute() {
        let setup = setup().await;
        for (since, holds) in [(59, true), (60, false)] {
            let mut leaving = pod("p1");
            leaving["metadata"]["deletionTimestamp"] = json!(Time::from_micros(NOW.as_micros() - since * 1_000_000).seconds());
            put(&*setup.store, leaving).await;
            assert_eq!(setup.ask(&setup.token(Some("p1"))).await.is_ok(), holds, "{since}");
        }
        assert!(setup.store.get(&Key::new("pods", "shop", "p")).is_some());
    }

    #[tokio::test]
    async fn a_client_certificate_names_user_and_groups() {
        let setup = setup().await;
        let chain = setup.pki.admin().chain().unwrap();
        let user = setup.authenticator.authenticate(&HeaderMap::new(), &chain).await.unwrap();
        assert_eq!(&*user.name, "kubernetes-admin");
        let [(credential, id)] = user.extra.as_slice() else { panic!("{:?}", user.extra) };
        assert!(&**credential == CREDENTIAL_ID && id[0].starts_with("X509SHA256=") && id[0].len() == 11 + 64, "{id:?}");
        assert_eq!(user.groups, ["system:masters", "system:authenticated"].map(kontiki_api::Text::from));
    }

    #[tokio::test]
    async fn certificates_of_others_and_of_servers_are_refused_unless_a_token_holds() {
        let setup = setup().await;
        let other = Pki::open(tempfile::tempdir().unwrap().path(), NOW).unwrap();
        let serving = setup.pki.serving("system:admin", &["localhost".into()], NOW).unwrap();
        for chain in [other.admin().chain().unwrap(), serving.chain().unwrap()] {
            let refused = setup.authenticator.authenticate(&HeaderMap::new(), &chain).await;
            assert_eq!(refused.unwrap_err().reason, Reason::Unauthorized);
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, format!("Bearer {}", setup.token(None)).parse().unwrap());
            assert!(setup.authenticator.authenticate(&headers, &chain).await.is_ok());
        }
    }
}
