//! `apiextensions.k8s.io/v1 CustomResourceDefinition`.

use serde::Deserialize;

use super::View;
use crate::Text;

/// What is read of a CustomResourceDefinition: what its objects are called.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct CustomResourceDefinition {
    /// What is wanted.
    pub spec: CustomResourceDefinitionSpec,
}

/// The specification.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct CustomResourceDefinitionSpec {
    /// API group.
    pub group: Text,
    /// Names.
    pub names: CustomResourceDefinitionNames,
    /// `Namespaced` or `Cluster`.
    pub scope: Text,
}

/// The names.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct CustomResourceDefinitionNames {
    /// `CronTab`.
    pub kind: Text,
    /// `crontabs`.
    pub plural: Text,
}

impl CustomResourceDefinitionSpec {
    /// Whether its objects are in namespaces.
    pub fn is_namespaced(&self) -> bool {
        &*self.scope == "Namespaced"
    }
}

impl View for CustomResourceDefinition {
    const RESOURCE: &'static str = "customresourcedefinitions.apiextensions.k8s.io";
    const API_VERSION: &'static str = "apiextensions.k8s.io/v1";
    const KIND: &'static str = "CustomResourceDefinition";
}
