//! Whose token this is.

use std::sync::Arc;

use async_trait::async_trait;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::fields::{answered, text, texts, user_info};
use crate::authenticate::{Authenticator, ISSUER, TokenError};
use crate::virtuals::{Question, Virtual};

const UNKNOWN: &str = "invalid bearer token";

/// Answers `TokenReview`.
pub(super) struct TokenReview {
    pub authenticator: Arc<Authenticator>,
}

#[async_trait]
impl Virtual for TokenReview {
    async fn create(&self, question: Question<'_>) -> Result<Value, Status> {
        let token = text(&question.body, "/spec/token");
        if token.is_empty() {
            return Err(Status::bad_request("token is required for TokenReview in authentication"));
        }
        let mut audiences = texts(&question.body, "/spec/audiences");
        if audiences.is_empty() {
            audiences.push(ISSUER.into());
        }
        let status = match self.authenticator.review(token, &audiences) {
            Ok((user, meant)) => json!({"authenticated": true, "user": user_info(&user), "audiences": meant}),
            Err(error) => json!({"user": {}, "error": told(&error)}),
        };
        Ok(answered(question.body, status))
    }
}

/// Upstream asks several authenticators, and what the first says of any token of another stands before what the right one says.
fn told(error: &TokenError) -> String {
    match error {
        TokenError::Unknown | TokenError::Refused(_) => UNKNOWN.into(),
        known => format!("[{UNKNOWN}, {known}]"),
    }
}
