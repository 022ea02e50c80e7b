//! `rbac.authorization.k8s.io/v1 ClusterRole`.

use serde::Deserialize;
use serde_json::Value;

use super::{View, selectors};
use crate::selector::LabelSelector;

/// What is read of a ClusterRole.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterRole {
    /// The roles it is the sum of; absent where its rules are its own.
    pub aggregation_rule: Option<AggregationRule>,
    /// What it allows, whole.
    pub rules: Option<Vec<Value>>,
}

/// The roles that another is the sum of.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AggregationRule {
    /// Any of these selects a role.
    pub cluster_role_selectors: Vec<RoleSelector>,
}

/// One selector of roles.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct RoleSelector(#[serde(deserialize_with = "selectors::of_labels")] pub LabelSelector);

impl View for ClusterRole {
    const RESOURCE: &'static str = "clusterroles.rbac.authorization.k8s.io";
    const API_VERSION: &'static str = "rbac.authorization.k8s.io/v1";
    const KIND: &'static str = "ClusterRole";
}
