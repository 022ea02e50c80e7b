//! Making sandboxes.

use std::net::Ipv4Addr;

use bytes::Bytes;
use kontiki_runtime::observe::Observation;

use super::{NodeObservation, Performer, etc};
use crate::effect::{Act, EffectKey, SandboxSpec};
use crate::images::PAUSE;
use crate::labels::{self, Role};
use crate::network;
use crate::observed::{PodFolder, SandboxKey, SandboxState};
use crate::runtime::{ContainerConfig, ContainerInfo, Limits, Namespace, Program};

/// Makes, starts and connects the sandbox that `key` asks for; finds done what is done.
pub async fn make(performer: &Performer, key: &EffectKey, spec: &SandboxSpec) -> Result<(), String> {
    let Act::Sandbox(attempt) = key.act else { return Err("not a sandbox".into()) };
    let sandbox = SandboxKey { pod: key.pod.clone(), attempt };
    performer.folders.make(&key.pod).map_err(|error| format!("cannot make the pod's folder: {error}"))?;
    performer.sink.tell(NodeObservation::Folder(Observation::Seen(key.pod.clone(), PodFolder)));
    ensure_image(performer).await?;
    // Fails only where the semaphore is closed, which nobody does.
    let _permit = performer.creating.acquire().await.map_err(|error| error.to_string())?;
    let role = Role::Sandbox(sandbox.clone());
    let address = address(performer, &role, spec)?;
    let ip = address.map(|ip| ip.to_string()).unwrap_or_default();
    etc::write(&performer.folders, &key.pod, spec, &ip).map_err(|error| format!("cannot write the pod's files: {error}"))?;
    let id = performer.runtime.create(&config(performer, &role, spec, &ip)).await.map_err(|error| error.to_string())?;
    performer.registry.put(&id, role.clone());
    performer.runtime.start(&id).await.map_err(|error| error.to_string())?;
    let info = performer.runtime.inspect(&id).await.map_err(|error| error.to_string())?;
    let ip = connect(performer, &role, &info).await?;
    let state = SandboxState { id: id.as_str().into(), fresh: false, running: true, ready: true, ip: ip.as_str().into() };
    performer.registry.settle(|| {
        let marker = performer.folders.network(role.pod());
        std::fs::write(marker, info.pid.to_string()).map_err(|error| format!("cannot note the pod's network: {error}"))?;
        performer.sink.tell(NodeObservation::Sandbox(Observation::Seen(sandbox, state)));
        Ok(())
    })
}

async fn ensure_image(performer: &Performer) -> Result<(), String> {
    let found = performer.runtime.image(PAUSE.name).await.map_err(|error| error.to_string())?;
    if found.is_some_and(|found| PAUSE.is(&found)) {
        return Ok(());
    }
    performer
        .runtime
        .load(Bytes::from_static(PAUSE.archive))
        .await
        .map_err(|error| format!("cannot load the sandbox image: {error}"))
}

fn address(performer: &Performer, role: &Role, spec: &SandboxSpec) -> Result<Option<Ipv4Addr>, String> {
    match &performer.network {
        Some(network) if !spec.host_network => {
            network.addresses.take(&role.runtime_name()).map(Some).map_err(|error| error.to_string())
        }
        _ => Ok(None),
    }
}

fn config(performer: &Performer, role: &Role, spec: &SandboxSpec, ip: &str) -> ContainerConfig {
    let mut labels = role.labels(&performer.owner);
    if !ip.is_empty() {
        labels.insert(labels::IP.into(), ip.into());
    }
    ContainerConfig {
        name: role.runtime_name(),
        program: Program {
            image: PAUSE.name.into(),
            network: if spec.host_network { Namespace::Host } else { Namespace::Own },
            ipc: if spec.host_ipc { Namespace::Host } else { Namespace::Shareable },
            pid: if spec.host_pid { Namespace::Host } else { Namespace::Own },
            no_new_privileges: true,
            limits: Limits { cpu_shares: Some(2), ..Limits::default() },
            ..Program::default()
        },
        labels,
        hostname: if spec.host_network { String::new() } else { spec.hostname.clone() },
        sysctls: spec.sysctls.clone(),
        ..ContainerConfig::default()
    }
}

/// Gives the sandbox its link. Answers its address.
async fn connect(performer: &Performer, role: &Role, info: &ContainerInfo) -> Result<String, String> {
    // A sandbox found there keeps the address it was made with.
    let ip = info.labels.get(labels::IP).cloned().unwrap_or_default();
    if let (Some(network), Ok(address)) = (&performer.network, ip.parse()) {
        network.addresses.hold(address, &role.runtime_name());
        let link: String = format!("kv{}", info.id).chars().take(15).collect();
        network::attach(&network.bridge, info.pid, &link, address).await.map_err(|error| error.to_string())?;
    }
    Ok(ip)
}
