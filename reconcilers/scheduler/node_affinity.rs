//! Node selectors and node affinity.

use kontiki_api::view::{Node, NodeRequirement, NodeSelectorTerm, Pod};
use kontiki_runtime::world::Seen;

/// Whether `node` is one that `pod` must run on.
pub(super) fn is_eligible(pod: &Pod, node: &Seen<Node>) -> bool {
    let labelled = pod.spec.node_selector.iter().all(|(key, value)| node.head().label(key) == Some(value));
    let affinity = pod.spec.affinity.as_ref().map(|affinity| &affinity.node_affinity);
    let required = affinity.and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
    labelled && required.is_none_or(|selector| selector.node_selector_terms.iter().any(|term| holds(term, node)))
}

/// The weights of the preferences of `pod` that `node` meets.
pub(super) fn preference(pod: &Pod, node: &Seen<Node>) -> i64 {
    let affinity = pod.spec.affinity.as_ref().map(|affinity| &affinity.node_affinity);
    let preferred = affinity.into_iter().flat_map(|affinity| &affinity.preferred_during_scheduling_ignored_during_execution);
    preferred.filter(|term| holds(&term.preference, node)).map(|term| i64::from(term.weight)).sum()
}

/// Whether all of a term holds; an empty one never does.
fn holds(term: &NodeSelectorTerm, node: &Seen<Node>) -> bool {
    let by_label = |NodeRequirement(requirement): &NodeRequirement| {
        requirement.as_ref().is_some_and(|requirement| requirement.matches(node.head().label(&requirement.key)))
    };
    let by_field = |NodeRequirement(requirement): &NodeRequirement| {
        let named = requirement.as_ref().filter(|requirement| requirement.key == "metadata.name");
        named.is_some_and(|requirement| requirement.matches(Some(node.name())))
    };
    let empty = term.match_expressions.is_empty() && term.match_fields.is_empty();
    !empty && term.match_expressions.iter().all(by_label) && term.match_fields.iter().all(by_field)
}
