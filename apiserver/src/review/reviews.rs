//! Every answerer, by the collection it answers for.

use std::sync::Arc;

use kontiki_api::meta::Resource;
use kontiki_store::Store;

use super::access::{AccessReview, Scope};
use super::rules::RulesReview;
use super::self_subject::SelfSubject;
use super::token::TokenReview;
use super::token_request::TokenRequest;
use crate::authenticate::{Authenticator, Tokens};
use crate::authorize::Authorize;
use crate::authorize::rbac::Rbac;
use crate::virtuals::Virtual;
use crate::{Clock, Virtuals};

/// What the answers rest on.
#[derive(Clone)]
pub struct Reviewers {
    /// Where service accounts, pods, Secrets and nodes are.
    pub store: Arc<dyn Store>,
    /// Verifies tokens.
    pub authenticator: Arc<Authenticator>,
    /// Decides.
    pub authorizer: Arc<dyn Authorize>,
    /// Lists rules.
    pub rbac: Rbac,
    /// Issues tokens.
    pub tokens: Arc<Tokens>,
    /// The time.
    pub clock: Clock,
}

/// The answerers of `authentication.k8s.io`, `authorization.k8s.io` and `serviceaccounts/token`.
pub fn reviews(parts: Reviewers) -> Virtuals {
    let Reviewers { store, authenticator, authorizer, rbac, tokens, clock } = parts;
    let access = |scope| -> Arc<dyn Virtual> { Arc::new(AccessReview { authorizer: Arc::clone(&authorizer), scope }) };
    let all: [(&str, &str, Arc<dyn Virtual>); 7] = [
        ("subjectaccessreviews.authorization.k8s.io", "", access(Scope::Anybody)),
        ("localsubjectaccessreviews.authorization.k8s.io", "", access(Scope::InNamespace)),
        ("selfsubjectaccessreviews.authorization.k8s.io", "", access(Scope::Oneself)),
        ("selfsubjectrulesreviews.authorization.k8s.io", "", Arc::new(RulesReview { rbac })),
        ("selfsubjectreviews.authentication.k8s.io", "", Arc::new(SelfSubject { clock: Arc::clone(&clock) })),
        ("tokenreviews.authentication.k8s.io", "", Arc::new(TokenReview { authenticator })),
        ("serviceaccounts", "token", Arc::new(TokenRequest { store, tokens, clock })),
    ];
    all.into_iter().map(|(resource, sub, answerer)| ((Resource::from(resource), sub.into()), answerer)).collect()
}
