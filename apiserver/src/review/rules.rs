//! What one may do in a namespace.

use async_trait::async_trait;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::fields::{answered, invalid, text};
use crate::authorize::node_of;
use crate::authorize::rbac::{Rbac, Rule};
use crate::virtuals::{Question, Virtual};

/// Answers `SelfSubjectRulesReview` from RBAC; incomplete for kubelets, whose rights depend on their pods.
pub(super) struct RulesReview {
    pub rbac: Rbac,
}

#[async_trait]
impl Virtual for RulesReview {
    async fn create(&self, question: Question<'_>) -> Result<Value, Status> {
        let namespace = text(&question.body, "/spec/namespace");
        if namespace.is_empty() {
            let kind = question.kind;
            return Err(invalid(&kind.kind, &kind.group, "spec.namespace", "\"\"", "no namespace on request"));
        }
        let rules = self.rbac.rules(question.user, namespace);
        let (paths, resources): (Vec<Rule>, Vec<Rule>) =
            rules.into_iter().partition(|rule| !rule.non_resource_urls.is_empty() && rule.resources.is_empty());
        let status = json!({
            "resourceRules": resources, "nonResourceRules": paths, "incomplete": node_of(question.user).is_some(),
        });
        Ok(answered(question.body, status))
    }
}
