//! Where a pod wants to run: `core/v1 Affinity`.

use serde::Deserialize;

use super::selectors;
use crate::Text;
use crate::selector::{LabelSelector, Requirement};

/// What a pod asks of the place it runs at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Affinity {
    /// About the node itself.
    pub node_affinity: NodeAffinity,
    /// Pods it wants to be near to.
    pub pod_affinity: PodAffinity,
    /// Pods it wants to be away from.
    pub pod_anti_affinity: PodAffinity,
}

/// What a pod asks of its node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeAffinity {
    /// Must hold when the pod is placed.
    pub required_during_scheduling_ignored_during_execution: Option<NodeSelector>,
    /// Counts in favour of a node.
    pub preferred_during_scheduling_ignored_during_execution: Vec<PreferredNodeTerm>,
}

/// Terms of which one must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelector {
    /// The terms; an empty term matches nothing.
    pub node_selector_terms: Vec<NodeSelectorTerm>,
}

/// Requirements that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelectorTerm {
    /// About labels.
    pub match_expressions: Vec<NodeRequirement>,
    /// About fields; `metadata.name` is the only one there is.
    pub match_fields: Vec<NodeRequirement>,
}

/// One requirement; `None` where it is not well formed and so never holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeRequirement(pub Option<Requirement>);

impl<'de> Deserialize<'de> for NodeRequirement {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        selectors::requirement(deserializer).map(Self)
    }
}

/// A term that counts in favour of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PreferredNodeTerm {
    /// How much, 1 to 100.
    pub weight: i32,
    /// The term.
    pub preference: NodeSelectorTerm,
}

/// What a pod asks of the pods around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodAffinity {
    /// Must hold when the pod is placed.
    pub required_during_scheduling_ignored_during_execution: Vec<PodAffinityTerm>,
    /// Counts in favour of a node (or against it).
    pub preferred_during_scheduling_ignored_during_execution: Vec<WeightedPodTerm>,
}

/// Other pods, and how near is near.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodAffinityTerm {
    /// The pods meant.
    #[serde(deserialize_with = "selectors::of_labels")]
    pub label_selector: LabelSelector,
    /// Their namespaces; empty, without a namespace selector, for the pod's own.
    pub namespaces: Vec<Text>,
    /// More namespaces, by label; absent for none.
    #[serde(deserialize_with = "selectors::of_labels_if_any")]
    pub namespace_selector: Option<LabelSelector>,
    /// The node label that tells two places apart.
    pub topology_key: Text,
}

/// A term that counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WeightedPodTerm {
    /// How much, 1 to 100.
    pub weight: i32,
    /// The term.
    pub pod_affinity_term: PodAffinityTerm,
}
