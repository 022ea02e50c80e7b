//! Who one is.

use async_trait::async_trait;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::fields::user_info;
use crate::Clock;
use crate::virtuals::{Question, Virtual};

/// Answers `SelfSubjectReview`.
pub(super) struct SelfSubject {
    pub clock: Clock,
}

#[async_trait]
impl Virtual for SelfSubject {
    async fn create(&self, question: Question<'_>) -> Result<Value, Status> {
        Ok(json!({
            "apiVersion": question.kind.api_version(), "kind": &*question.kind.kind,
            "metadata": {"creationTimestamp": (self.clock)().seconds()},
            "status": {"userInfo": user_info(question.user)},
        }))
    }
}
