//! Removing everything of a pod.

use kontiki_runtime::observe::Observation;

use super::performer::drain;
use super::{NodeObservation, Performer};
use crate::labels::Role;
use crate::pod_key::PodKey;

/// Removes the containers, then the sandboxes, then the files of a pod, and takes back what was told of it.
pub async fn clear(performer: &Performer, pod: &PodKey) -> Result<(), String> {
    let (sandboxes, containers): (Vec<_>, Vec<_>) =
        performer.registry.of_pod(pod).into_iter().partition(|(_, role)| matches!(role, Role::Sandbox(_)));
    for (id, _) in containers.iter().chain(&sandboxes) {
        performer.runtime.remove(id).await.map_err(|error| error.to_string())?;
    }
    if let Some(network) = &performer.network {
        sandboxes.iter().for_each(|(_, role)| network.addresses.release(&role.runtime_name()));
    }
    performer.folders.remove(pod).map_err(|error| format!("cannot remove the pod's folder: {error}"))?;
    take_back(performer, pod);
    performer.registry.close(pod);
    Ok(())
}

fn take_back(performer: &Performer, pod: &PodKey) {
    let (attempts, probes, volumes) = performer.registry.told(|told| {
        let attempts = drain(&mut told.attempts, |key| key.pod == *pod);
        let probes = drain(&mut told.probes, |key| key.pod == *pod);
        (attempts, probes, drain(&mut told.volumes, |key| key.pod == *pod))
    });
    let sink = &performer.sink;
    attempts.into_iter().for_each(|key| sink.tell(NodeObservation::Attempted(Observation::Gone(key))));
    probes.into_iter().for_each(|key| sink.tell(NodeObservation::Probe(Observation::Gone(key))));
    volumes.into_iter().for_each(|key| sink.tell(NodeObservation::Volume(Observation::Gone(key))));
    sink.tell(NodeObservation::Folder(Observation::Gone(pod.clone())));
}
