//! Whose token this is.

use std::sync::Arc;

use async_trait::async_trait;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::fields::{answered, text, texts, user_info};
use crate::authenticate::{Authenticator, ISSUER};
use crate::virtuals::{Question, Virtual};

/// Answers `TokenReview`. The token itself is not sent back.
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
            Err(error) => json!({"user": {}, "error": error.to_string()}),
        };
        Ok(answered(question.body, status))
    }
}
