//! Pods of simulated nodes.

use kontiki_api::meta::NsName;
use kontiki_api::request::PatchType;
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Precondition, Propagation, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Seen, Triggers, World};
use serde_json::{Value, json};

use super::pod_view::{Named, SimulatedPod};
use super::simulated_nodes::SimulatedNodes;

/// Pods of simulated nodes run and are ready at once; deleted ones go at once.
#[derive(Clone, Debug)]
pub struct SimulatedPodReconciler {
    /// The nodes.
    pub nodes: SimulatedNodes,
}

impl Reconciler for SimulatedPodReconciler {
    const NAME: &'static str = "simulated-kubelet";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<SimulatedPod>(|name| name);
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let seen = pass.keys.first().and_then(|name| world.get::<SimulatedPod>(name));
        let Some((seen, place)) = seen.and_then(|seen| Some((seen, self.nodes.place(&seen.spec.node_name)?))) else {
            return Ok(Plan::done());
        };
        if seen.head().deleted.is_some() {
            let held = seen.metadata.deletion_grace_period_seconds == Some(0) && !seen.head().finalizers.is_empty();
            return Ok(if held { Plan::done() } else { Plan::of(vec![delete(seen)]) });
        }
        let current = &*seen.status.phase == "Running" && seen.status.observed_generation == seen.metadata.generation;
        if current || matches!(&*seen.status.phase, "Succeeded" | "Failed") {
            return Ok(Plan::done());
        }
        let on = seen.precondition();
        let body = json!({"status": self.status(seen, place, &pass.now.seconds())});
        Ok(Plan::of(vec![Intent::Patch { on, subresource: "status".into(), r#type: PatchType::Merge, body }]))
    }
}

fn delete(seen: &Seen<SimulatedPod>) -> Intent {
    let on = Precondition { revision: None, ..seen.precondition() };
    Intent::Delete { on, grace_seconds: Some(0), propagation: Propagation::Background }
}

impl SimulatedPodReconciler {
    fn status(&self, seen: &Seen<SimulatedPod>, place: usize, now: &str) -> Value {
        let started = if seen.status.start_time.is_empty() { now } else { &*seen.status.start_time };
        let conditions = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(|r#type| {
            json!({
                "type": r#type, "status": "True", "lastProbeTime": null, "lastTransitionTime": now,
                "observedGeneration": seen.metadata.generation,
            })
        });
        let (host, ip) = (self.nodes.ip(place), self.nodes.pod_ip(place, seen.namespace(), seen.name()));
        let mut status = json!({
            "phase": "Running",
            "observedGeneration": seen.metadata.generation,
            "conditions": conditions,
            "hostIP": host, "hostIPs": [{"ip": host}],
            "podIP": ip, "podIPs": [{"ip": ip}],
            "startTime": started,
            "containerStatuses": statuses(seen, &seen.spec.containers, &json!({"running": {"startedAt": started}}), true),
        });
        if !seen.spec.init_containers.is_empty() {
            let ended =
                json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": started, "finishedAt": started}});
            status["initContainerStatuses"] = statuses(seen, &seen.spec.init_containers, &ended, false);
        }
        status
    }
}

fn statuses(seen: &Seen<SimulatedPod>, containers: &[Named], state: &Value, started: bool) -> Value {
    let status = |container: &Named| {
        json!({
            "name": &*container.name, "image": &*container.image, "imageID": format!("simulated://{}", container.image),
            "containerID": format!("simulated://{}/{}", seen.uid(), container.name),
            "state": state, "lastState": {}, "ready": true, "restartCount": 0, "started": started,
        })
    };
    containers.iter().map(status).collect()
}
