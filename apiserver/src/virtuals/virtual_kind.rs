//! Who answers questions.

use std::sync::Arc;

use async_trait::async_trait;
use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use kontiki_api::request::{Target, User};
use kontiki_api::status::Status;
use serde_json::Value;

/// A question that has passed authentication, authorization and decoding.
pub struct Question<'a> {
    /// The row of the path: of the review itself, or of the object a subresource belongs to.
    pub kind: &'a Kind,
    /// The path.
    pub target: &'a Target,
    /// Who asks.
    pub user: &'a User,
    /// The body.
    pub body: Value,
    /// For a subresource: the object it belongs to.
    pub parent: Option<Arc<Object>>,
    /// Whether nothing may be changed or issued.
    pub dry_run: bool,
}

/// Answers `create` of one virtual kind (`subjectaccessreviews.authorization.k8s.io`) or of one
/// create-only subresource (`serviceaccounts/token`).
#[async_trait]
pub trait Virtual: Send + Sync + 'static {
    /// The body sent back with 201: usually the question with its `status` filled in.
    ///
    /// # Errors
    /// A refusal in upstream's class.
    async fn create(&self, question: Question<'_>) -> Result<Value, Status>;
}
