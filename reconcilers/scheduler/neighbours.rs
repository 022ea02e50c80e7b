//! Required affinity and anti-affinity between pods.

use std::collections::BTreeSet;

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::view::{Affinity, Namespace, Node, Pod, PodAffinityTerm};
use kontiki_runtime::world::{Seen, World};

use super::WithAntiAffinity;
use super::indexes::takes_room;
use super::snapshot::Snapshot;

/// Where one pod may be for the sake of other pods: worked out once, asked for each node.
#[derive(Default)]
pub(super) struct Neighbours<'w> {
    /// Per affinity term: its topology key and the places that have a pod it means; `None` where any place will do.
    near: Vec<(&'w Text, Option<BTreeSet<&'w str>>)>,
    /// Per anti-affinity term: the places that have a pod it means.
    away: Vec<(&'w Text, BTreeSet<&'w str>)>,
    /// Places that placed pods keep this one away from.
    kept_away: BTreeSet<(&'w str, &'w str)>,
}

/// What `pod` wants of its neighbours, and they of it.
pub(super) fn neighbours<'w>(snapshot: &Snapshot<'w>, pod: &'w Seen<Pod>) -> Neighbours<'w> {
    let mut neighbours = Neighbours { kept_away: kept_away(snapshot, pod), ..Neighbours::default() };
    let Some(affinity) = &pod.view.spec.affinity else { return neighbours };
    for term in required_near(affinity) {
        let places = places(snapshot, pod, term);
        let first = places.is_empty() && means(snapshot.world, pod, term, pod);
        neighbours.near.push((&term.topology_key, (!first).then_some(places)));
    }
    for term in required_away(affinity) {
        neighbours.away.push((&term.topology_key, places(snapshot, pod, term)));
    }
    neighbours
}

impl Neighbours<'_> {
    /// Why `node` is not a place for the pod.
    pub fn fault(&self, node: &Seen<Node>) -> Option<&'static str> {
        let has = |key: &str, places: &BTreeSet<&str>| node.head().label(key).is_some_and(|value| places.contains(value));
        let near = self.near.iter().all(|(key, places)| match places {
            Some(places) => has(key, places),
            None => node.head().label(key).is_some(),
        });
        if !near {
            return Some("node(s) didn't match pod affinity rules");
        }
        if self.away.iter().any(|(key, places)| has(key, places)) {
            return Some("node(s) didn't match pod anti-affinity rules");
        }
        let kept = self.kept_away.iter().any(|(key, value)| node.head().label(key) == Some(value));
        kept.then_some("node(s) didn't satisfy existing pods anti-affinity rules")
    }
}

fn required_near(affinity: &Affinity) -> &[PodAffinityTerm] {
    &affinity.pod_affinity.required_during_scheduling_ignored_during_execution
}

fn required_away(affinity: &Affinity) -> &[PodAffinityTerm] {
    &affinity.pod_anti_affinity.required_during_scheduling_ignored_during_execution
}

/// The places, by the term's topology key, that have a pod which `term` of `pod` means.
fn places<'w>(snapshot: &Snapshot<'w>, pod: &Seen<Pod>, term: &PodAffinityTerm) -> BTreeSet<&'w str> {
    let world = snapshot.world;
    let meant = |other: &Seen<Pod>| means(world, pod, term, other);
    let settled = world.list::<Pod>().filter(|other| takes_room(other) && meant(other));
    let settled = settled.filter_map(|other| world.get::<Node>(&NsName::new("", other.spec.node_name.clone())));
    let placed = snapshot.placed.iter().filter(|(other, _)| meant(other)).map(|(_, node)| *node);
    settled.chain(placed).filter_map(|node| node.object.head.label(&term.topology_key)).collect()
}

/// Whether `term`, of `owner`, means `other`.
fn means(world: &World, owner: &Seen<Pod>, term: &PodAffinityTerm, other: &Seen<Pod>) -> bool {
    term.label_selector.matches_head(other.head()) && in_namespaces(world, owner, term, other.namespace())
}

fn in_namespaces(world: &World, owner: &Seen<Pod>, term: &PodAffinityTerm, namespace: &Text) -> bool {
    if term.namespaces.is_empty() && term.namespace_selector.is_none() {
        return owner.namespace() == namespace;
    }
    let selected = term.namespace_selector.as_ref().is_some_and(|selector| {
        let found = world.get::<Namespace>(&NsName::new("", namespace.clone()));
        found.is_some_and(|found| selector.matches_head(found.head()))
    });
    selected || term.namespaces.contains(namespace)
}

/// Topology key and value of every place from which a placed pod keeps `pod` away.
fn kept_away<'w>(snapshot: &Snapshot<'w>, pod: &Seen<Pod>) -> BTreeSet<(&'w str, &'w str)> {
    let world = snapshot.world;
    let settled = world.indexed::<WithAntiAffinity>(&());
    let settled = settled.filter_map(|other| Some((other, world.get::<Node>(&NsName::new("", other.spec.node_name.clone()))?)));
    let mut places = BTreeSet::new();
    for (other, node) in settled.chain(snapshot.placed.iter().copied()) {
        let terms = other.view.spec.affinity.iter().flat_map(required_away);
        for term in terms.filter(|term| means(world, other, term, pod)) {
            if let Some(value) = node.object.head.label(&term.topology_key) {
                places.insert((&*term.topology_key, value));
            }
        }
    }
    places
}
