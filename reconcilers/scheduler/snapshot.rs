//! The nodes as one batch sees them: what is taken is counted when a node is first looked at, and
//! what the batch places is counted at once.

use kontiki_api::meta::Uid;
use kontiki_api::view::{Node, Pod};
use kontiki_runtime::world::{Seen, World};

use super::OnNode;
use super::amounts::{Amounts, requests};
use super::ports::{HostPort, host_ports};

/// One node and what is taken of it.
#[derive(Debug)]
pub(super) struct Place<'w> {
    /// The node.
    pub node: &'w Seen<Node>,
    /// What pods may have of it.
    pub allocatable: Amounts,
    /// What its pods set aside.
    pub taken: Amounts,
    /// The ports its pods bind.
    pub ports: Vec<HostPort>,
    /// Its pods.
    pub pods: Vec<&'w Seen<Pod>>,
}

impl<'w> Place<'w> {
    fn new(world: &'w World, node: &'w Seen<Node>) -> Self {
        let allocatable = Amounts::of(&node.status.allocatable);
        let mut place = Self { node, allocatable, taken: Amounts::default(), ports: Vec::new(), pods: Vec::new() };
        for pod in world.indexed::<OnNode>(node.name()) {
            place.take(pod);
        }
        place
    }

    fn take(&mut self, pod: &'w Seen<Pod>) {
        self.taken.add(&requests(pod));
        self.ports.extend(host_ports(pod));
        self.pods.push(pod);
    }

    /// How many of its pods have the controller `owner`.
    pub fn siblings(&self, owner: &Uid) -> i64 {
        let of_owner = self.pods.iter().filter(|pod| pod.head().controller().is_some_and(|by| by.uid == *owner));
        i64::try_from(of_owner.count()).unwrap_or(i64::MAX)
    }
}

/// All nodes.
pub(super) struct Snapshot<'w> {
    /// The World behind it.
    pub world: &'w World,
    /// The nodes, in key order.
    pub nodes: Vec<&'w Seen<Node>>,
    places: Vec<Option<Place<'w>>>,
    /// Pods that this batch placed, and where.
    pub placed: Vec<(&'w Seen<Pod>, &'w Seen<Node>)>,
}

impl<'w> Snapshot<'w> {
    /// Of `world`.
    pub fn new(world: &'w World) -> Self {
        let nodes: Vec<_> = world.list::<Node>().filter(|node| node.head().deleted.is_none()).collect();
        let places = nodes.iter().map(|_| None).collect();
        Self { world, nodes, places, placed: Vec::new() }
    }

    /// The `at`th node; `None` beyond the last.
    pub fn place(&mut self, at: usize) -> Option<&Place<'w>> {
        let (node, slot) = (*self.nodes.get(at)?, self.places.get_mut(at)?);
        Some(slot.get_or_insert_with(|| Place::new(self.world, node)))
    }

    /// Counts `pod` as placed on the `at`th node.
    pub fn put(&mut self, pod: &'w Seen<Pod>, at: usize) {
        if let Some(Some(place)) = self.places.get_mut(at) {
            place.take(pod);
            self.placed.push((pod, place.node));
        }
    }
}
