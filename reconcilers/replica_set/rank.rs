//! Which pods go first when there are too many: `ActivePodsWithRanks` of upstream.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use kontiki_api::time::Time;
use kontiki_api::view::Pod;
use kontiki_runtime::world::Seen;

const COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// Sorts `pods` so that those to go come first. `crowd` says how many related pods a node runs.
pub(super) fn sort_for_deletion(pods: &mut [&Seen<Pod>], crowd: &BTreeMap<kontiki_api::Text, usize>, now: Time) {
    let crowd_of = |pod: &Seen<Pod>| crowd.get(&pod.spec.node_name).copied().unwrap_or_default();
    pods.sort_by(|a, b| {
        standing(a)
            .cmp(&standing(b))
            .then(cost(a).cmp(&cost(b)))
            .then(crowd_of(b).cmp(&crowd_of(a)))
            .then_with(|| by_age(a.ready_since(), b.ready_since(), now))
            .then(restarts(b).cmp(&restarts(a)))
            .then_with(|| by_age(Some(a.head().created), Some(b.head().created), now))
            .then_with(|| a.head().uid.cmp(&b.head().uid))
    });
}

/// Bound, running, ready: the least of these goes first.
fn standing(pod: &Seen<Pod>) -> (bool, u8, bool) {
    let phase = match &*pod.status.phase {
        "Running" => 2,
        "Unknown" => 1,
        _ => 0,
    };
    (!pod.spec.node_name.is_empty(), phase, pod.is_ready())
}

fn cost(pod: &Seen<Pod>) -> i32 {
    pod.metadata.annotation(COST).and_then(|cost| cost.parse().ok()).unwrap_or_default()
}

fn restarts(pod: &Seen<Pod>) -> i32 {
    pod.status.container_statuses.iter().map(|status| status.restart_count).max().unwrap_or_default()
}

/// The younger first, by the order of magnitude of their ages, so that a rollout of long ago and one
/// of a little longer ago are treated alike.
fn by_age(a: Option<Time>, b: Option<Time>, now: Time) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => magnitude(a, now).cmp(&magnitude(b, now)),
        (a, b) => Reverse(a.is_some()).cmp(&Reverse(b.is_some())),
    }
}

fn magnitude(since: Time, now: Time) -> Option<u32> {
    now.since(since).as_nanos().checked_ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replica_set::Replicas;
    use kontiki_api::view::ReplicaSet;
    use kontiki_runtime::world::World;
    use serde_json::{Value, json};

    fn pod(name: &str, change: impl Fn(&mut Value)) -> Value {
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "ns", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"nodeName": "n1"},
            "status": {"phase": "Running", "conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:10Z"}]},
        });
        change(&mut pod);
        pod
    }

    #[test]
    fn pods_go_in_the_order_of_upstream() {
        let world = World::for_tests::<Replicas<ReplicaSet>>([
            pod("h-old", |_| {}),
            pod("g-young", |pod| pod["metadata"]["creationTimestamp"] = json!("2026-01-01T01:59:00Z")),
            pod("f-restarted", |pod| pod["status"]["containerStatuses"] = json!([{"restartCount": 3}])),
            pod("e-ready-late", |pod| {
                pod["status"]["conditions"][0]["lastTransitionTime"] = json!("2026-01-01T01:59:00Z");
            }),
            pod("d-crowded", |pod| pod["spec"]["nodeName"] = json!("n2")),
            pod("c-cheap", |pod| pod["metadata"]["annotations"] = json!({COST: "-1"})),
            pod("b-pending", |pod| pod["status"] = json!({"phase": "Pending"})),
            pod("a-unbound", |pod| pod["spec"] = json!({})),
        ]);
        let mut pods: Vec<_> = world.list::<Pod>().collect();
        pods.reverse();
        let crowd = [("n1".into(), 1), ("n2".into(), 2)].into();
        sort_for_deletion(&mut pods, &crowd, Time::parse("2026-01-01T02:00:00Z").unwrap());
        let names: Vec<_> = pods.iter().map(|pod| &**pod.name()).collect();
        assert_eq!(names, ["a-unbound", "b-pending", "c-cheap", "d-crowded", "e-ready-late", "f-restarted", "g-young", "h-old"]);
    }
}
