//! Starting containers.

use kontiki_runtime::observe::Observation;

use super::{NodeObservation, Performer, container_state, handler, stop::Reach};
use crate::effect::{Act, ContainerSpec, EffectKey, MountSpec};
use crate::labels::{self, Role};
use crate::observed::ContainerKey;
use crate::pod_key::PodKey;
use crate::runtime::{ContainerConfig, Mount, Phase};

/// Begins the refusals that lie in the pod's spec, not in the runtime (upstream's reason).
pub const CONFIG_ERROR: &str = "CreateContainerConfigError";

/// Begins what is said of a hook that failed after the start (upstream's reason).
pub const HOOK_ERROR: &str = "PostStartHookError";

/// Makes and starts the container that `key` asks for, then runs its hook. Whoever wants the hook to
/// end goes on wanting the effect while the container runs.
pub async fn start(performer: &Performer, key: &EffectKey, spec: &ContainerSpec) -> Result<(), String> {
    let Act::Container(name, attempt) = &key.act else { return Err("not a container".into()) };
    let container = ContainerKey { pod: key.pod.clone(), name: name.clone(), attempt: *attempt };
    check_user(performer, spec).await?;
    let id = {
        // Fails only where the semaphore is closed, which nobody does.
        let _permit = performer.creating.acquire().await.map_err(|error| error.to_string())?;
        let config = config(performer, &container, spec)?;
        let id = performer.runtime.create(&config).await.map_err(|error| error.to_string())?;
        performer.registry.put(&id, Role::Container(container.clone()));
        let found = performer.runtime.inspect(&id).await.map_err(|error| error.to_string())?;
        if found.phase != Phase::Created {
            // One run is started once, also where this effect is done again.
            return Ok(());
        }
        if let Err(error) = performer.runtime.start(&id).await {
            report(performer, &id, container).await;
            return Err(error.to_string());
        }
        id
    };
    let Some(hook) = &spec.post_start else { return Ok(()) };
    let reach = Reach { ip: spec.ip.clone(), ports: spec.ports.clone() };
    handler::run(&*performer.runtime, &id, hook, &reach).await.map_err(|error| format!("{HOOK_ERROR}: {error}"))
}

/// Tells how a container stands that could not start: Docker has no event for that.
async fn report(performer: &Performer, id: &str, key: ContainerKey) {
    if let Ok(info) = performer.runtime.inspect(id).await {
        let state = container_state::read(&*performer.runtime, &performer.folders, &info, &key).await;
        performer.sink.tell(NodeObservation::Container(Observation::Seen(key, state)));
    }
}

async fn check_user(performer: &Performer, spec: &ContainerSpec) -> Result<(), String> {
    if !spec.non_root {
        return Ok(());
    }
    let image = performer.runtime.image(&spec.program.image).await.map_err(|error| error.to_string())?;
    let user =
        if spec.program.user.is_empty() { image.map(|image| image.user).unwrap_or_default() } else { spec.program.user.clone() };
    let root = matches!(user.split(':').next(), None | Some("" | "0" | "root"));
    if root { Err(format!("{CONFIG_ERROR}: container has runAsNonRoot and image will run as root")) } else { Ok(()) }
}

fn config(performer: &Performer, key: &ContainerKey, spec: &ContainerSpec) -> Result<ContainerConfig, String> {
    let role = Role::Container(key.clone());
    let mut labels = role.labels(&performer.owner);
    labels.insert(labels::SANDBOX.into(), spec.sandbox.to_string());
    labels.insert(labels::HASH.into(), spec.hash.to_string());
    labels.insert(labels::BACK_OFF.into(), spec.back_off_seconds.to_string());
    if spec.termination.from_logs {
        labels.insert(labels::FROM_LOGS.into(), "true".into());
    }
    Ok(ContainerConfig {
        name: role.runtime_name(),
        program: spec.program.clone(),
        env: spec.env.iter().map(crate::effect::Hidden::text).collect(),
        labels,
        mounts: mounts(performer, key, spec)?,
        ..ContainerConfig::default()
    })
}

fn mounts(performer: &Performer, key: &ContainerKey, spec: &ContainerSpec) -> Result<Vec<Mount>, String> {
    let mut mounts = Vec::new();
    for mount in &spec.mounts {
        mounts.push(volume_mount(performer, &key.pod, mount)?);
    }
    let taken = |target: &str| spec.mounts.iter().any(|mount| mount.target.trim_end_matches('/') == target);
    let own = |source: std::path::PathBuf, target: &str| Mount {
        source,
        target: target.to_owned(),
        read_only: false,
        propagation: "rprivate".into(),
    };
    for (name, target) in [("hosts", "/etc/hosts"), ("resolv.conf", "/etc/resolv.conf"), ("hostname", "/etc/hostname")] {
        if !taken(target) {
            mounts.push(own(performer.folders.etc(&key.pod, name), target));
        }
    }
    if !spec.termination.path.is_empty() {
        let message = performer.folders.message(&key.pod, &key.name, key.attempt);
        make_message(&message).map_err(|error| format!("cannot make the termination message's file: {error}"))?;
        mounts.push(own(message, &spec.termination.path));
    }
    Ok(mounts)
}

/// An empty file that every user of the container may write.
fn make_message(path: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))
}

fn volume_mount(performer: &Performer, pod: &PodKey, mount: &MountSpec) -> Result<Mount, String> {
    let volume = match &mount.host_path {
        Some(path) => path.into(),
        None => performer.folders.volume(pod, &mount.volume),
    };
    let source = if mount.sub_path.is_empty() { volume } else { sub_path(&volume, &mount.sub_path)? };
    Ok(Mount { source, target: mount.target.clone(), read_only: mount.read_only, propagation: mount.propagation.clone() })
}

/// A path within a volume: made where it is missing, refused where it leads out of the volume.
fn sub_path(volume: &std::path::Path, sub_path: &str) -> Result<std::path::PathBuf, String> {
    let path = volume.join(sub_path);
    if !path.exists() {
        std::fs::create_dir_all(&path).map_err(|error| format!("failed to create subPath directory {sub_path:?}: {error}"))?;
    }
    let real = path.canonicalize().map_err(|error| format!("failed to resolve subPath {sub_path:?}: {error}"))?;
    let root = volume.canonicalize().map_err(|error| format!("failed to resolve the volume: {error}"))?;
    if real.starts_with(&root) { Ok(real) } else { Err(format!("subPath {sub_path:?} leads out of its volume")) }
}
