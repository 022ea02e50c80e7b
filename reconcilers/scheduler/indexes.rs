//! What the scheduler looks pods up by.

use kontiki_api::Text;
use kontiki_api::view::Pod;
use kontiki_runtime::world::{Index, Seen};

/// Pods that take room on a node, by that node.
#[derive(Debug)]
pub enum OnNode {}

impl Index for OnNode {
    type View = Pod;
    type Key = Text;

    fn keys(pod: &Seen<Pod>) -> Vec<Text> {
        if takes_room(pod) { vec![pod.spec.node_name.clone()] } else { Vec::new() }
    }
}

/// Pods that wait for a node.
#[derive(Debug)]
pub enum Unplaced {}

impl Index for Unplaced {
    type View = Pod;
    type Key = ();

    fn keys(pod: &Seen<Pod>) -> Vec<()> {
        if waits(pod) { vec![()] } else { Vec::new() }
    }
}

/// Placed pods that keep others away.
#[derive(Debug)]
pub enum WithAntiAffinity {}

impl Index for WithAntiAffinity {
    type View = Pod;
    type Key = ();

    fn keys(pod: &Seen<Pod>) -> Vec<()> {
        let away = pod.spec.affinity.as_ref().map(|affinity| &affinity.pod_anti_affinity);
        let keeps = away.is_some_and(|away| !away.required_during_scheduling_ignored_during_execution.is_empty());
        if keeps && takes_room(pod) { vec![()] } else { Vec::new() }
    }
}

/// Whether `pod` is on a node and may still run there.
pub(super) fn takes_room(pod: &Pod) -> bool {
    !pod.spec.node_name.is_empty() && !pod.is_finished()
}

/// Whether `pod` is to be given a node by this scheduler, now.
pub(super) fn waits(pod: &Seen<Pod>) -> bool {
    pod.spec.node_name.is_empty()
        && pod.head().deleted.is_none()
        && !pod.is_finished()
        && pod.spec.scheduling_gates.is_empty()
        && matches!(&*pod.spec.scheduler_name, "" | "default-scheduler")
}
