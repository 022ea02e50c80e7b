//! What one may do in a namespace.

use async_trait::async_trait;
use kontiki_api::go::listed;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::fields::{answered, text};
use crate::authorize::node_of;
use crate::authorize::rbac::{Rbac, Rule};
use crate::virtuals::{Question, Virtual};

const NODES: &str = "node authorizer does not support user rule resolution";

/// Answers `SelfSubjectRulesReview` from RBAC; incomplete for kubelets, whose rights depend on their pods.
pub(super) struct RulesReview {
    pub rbac: Rbac,
}

#[async_trait]
impl Virtual for RulesReview {
    async fn create(&self, question: Question<'_>) -> Result<Value, Status> {
        let namespace = text(&question.body, "/spec/namespace");
        if namespace.is_empty() {
            return Err(Status::bad_request("no namespace on request"));
        }
        let rules = self.rbac.rules(question.user, namespace);
        let (paths, resources): (Vec<Rule>, Vec<Rule>) =
            rules.into_iter().partition(|rule| !rule.non_resource_urls.is_empty() && rule.resources.is_empty());
        let is_node = node_of(question.user).is_some();
        let mut status = json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": is_node});
        let mut errors: Vec<String> = is_node.then(|| NODES.to_owned()).into_iter().collect();
        match listed(&self.rbac.missing(question.user, namespace)) {
            missing if missing.is_empty() => {}
            missing => errors.push(missing),
        }
        if !errors.is_empty() {
            status["evaluationError"] = listed(&errors).into();
        }
        Ok(answered(question.body, status))
    }
}
