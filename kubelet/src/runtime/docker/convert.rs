//! Our words to Docker's and back.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, ContainerStateStatusEnum, HostConfig, HostConfigLogConfig, ImageInspect,
    ImageSummary, Mount as DockerMount, MountBindOptions, MountBindOptionsPropagationEnum, MountType,
};
use kontiki_api::time::Time;

use crate::images::CONTENT;
use crate::runtime::{ContainerConfig, ContainerInfo, ImageInfo, Mount, Namespace, Phase, Program, RuntimeError, Seccomp};

/// Docker's refusal in our classes.
pub fn error(error: bollard::errors::Error) -> RuntimeError {
    use bollard::errors::Error;
    match error {
        Error::DockerResponseServerError { status_code: 404, message } => RuntimeError::NotFound(message),
        Error::DockerResponseServerError { status_code: 409, message } => RuntimeError::Conflict(message),
        Error::DockerResponseServerError { message, .. } => RuntimeError::Refused(message),
        Error::DockerStreamError { error } => RuntimeError::Refused(error),
        other => RuntimeError::Unreachable(chain(&other)),
    }
}

/// An error with its sources: Docker's own wrap the reason.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

/// The body of a create request.
///
/// # Errors
/// Where a seccomp profile cannot be read.
pub fn create_body(config: &ContainerConfig) -> Result<ContainerCreateBody, RuntimeError> {
    let program = &config.program;
    Ok(ContainerCreateBody {
        hostname: non_empty(&config.hostname),
        user: non_empty(&program.user),
        tty: Some(program.tty),
        open_stdin: Some(program.stdin),
        stdin_once: Some(program.stdin_once),
        env: Some(config.env.clone()),
        cmd: (!program.args.is_empty()).then(|| program.args.clone()),
        image: Some(program.image.clone()),
        working_dir: non_empty(&program.working_dir),
        entrypoint: (!program.command.is_empty()).then(|| program.command.clone()),
        labels: Some(config.labels.clone().into_iter().collect()),
        host_config: Some(host_config(config)?),
        ..ContainerCreateBody::default()
    })
}

fn host_config(config: &ContainerConfig) -> Result<HostConfig, RuntimeError> {
    let program = &config.program;
    let limits = &program.limits;
    Ok(HostConfig {
        memory: limits.memory_bytes,
        memory_swap: limits.memory_bytes,
        cpu_shares: limits.cpu_shares,
        cpu_period: limits.cpu_quota_us.map(|_| 100_000),
        cpu_quota: limits.cpu_quota_us,
        pids_limit: limits.pids,
        oom_score_adj: limits.oom_score_adj,
        log_config: Some(log_config()),
        network_mode: Some(network(&program.network)),
        ipc_mode: shared(&program.ipc),
        pid_mode: shared(&program.pid).filter(|mode| mode != "shareable"),
        mounts: Some(config.mounts.iter().map(mount).collect()),
        group_add: Some(program.groups.iter().map(ToString::to_string).collect()),
        privileged: Some(program.privileged),
        readonly_rootfs: Some(program.read_only_root),
        cap_add: Some(program.cap_add.clone()),
        cap_drop: Some(program.cap_drop.clone()),
        security_opt: Some(security(program)?),
        sysctls: (!config.sysctls.is_empty()).then(|| config.sysctls.clone().into_iter().collect()),
        ..HostConfig::default()
    })
}

fn security(program: &Program) -> Result<Vec<String>, RuntimeError> {
    let mut options = Vec::new();
    if program.no_new_privileges {
        options.push("no-new-privileges".to_owned());
    }
    match &program.seccomp {
        Seccomp::Runtime => {}
        Seccomp::Unconfined => options.push("seccomp=unconfined".into()),
        Seccomp::File(path) => {
            let refused = |error| RuntimeError::Refused(format!("cannot read the seccomp profile {}: {error}", path.display()));
            options.push(format!("seccomp={}", std::fs::read_to_string(path).map_err(refused)?));
        }
    }
    Ok(options)
}

/// One log file of bounded size per container, whatever the daemon's default driver is.
fn log_config() -> HostConfigLogConfig {
    let options = HashMap::from([("max-size".to_owned(), "10m".to_owned()), ("max-file".to_owned(), "3".to_owned())]);
    HostConfigLogConfig { typ: Some("json-file".into()), config: Some(options) }
}

fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn network(namespace: &Namespace) -> String {
    match namespace {
        Namespace::Own | Namespace::Shareable => "none".into(),
        Namespace::Host => "host".into(),
        Namespace::Of(id) => format!("container:{id}"),
    }
}

fn shared(namespace: &Namespace) -> Option<String> {
    match namespace {
        Namespace::Own => None,
        Namespace::Shareable => Some("shareable".into()),
        Namespace::Host => Some("host".into()),
        Namespace::Of(id) => Some(format!("container:{id}")),
    }
}

fn mount(mount: &Mount) -> DockerMount {
    let propagation = match mount.propagation.as_str() {
        "rslave" => MountBindOptionsPropagationEnum::RSLAVE,
        "rshared" => MountBindOptionsPropagationEnum::RSHARED,
        _ => MountBindOptionsPropagationEnum::RPRIVATE,
    };
    DockerMount {
        source: Some(mount.source.to_string_lossy().into_owned()),
        target: Some(mount.target.clone()),
        read_only: Some(mount.read_only),
        typ: Some(MountType::BIND),
        bind_options: Some(MountBindOptions { propagation: Some(propagation), ..MountBindOptions::default() }),
        ..DockerMount::default()
    }
}

/// A container as `inspect` shows it.
pub fn container(response: ContainerInspectResponse) -> ContainerInfo {
    let state = response.state.unwrap_or_default();
    let config = response.config.unwrap_or_default();
    let phase = match state.status {
        Some(ContainerStateStatusEnum::CREATED) => Phase::Created,
        _ if state.running == Some(true) => Phase::Running,
        _ => Phase::Exited,
    };
    ContainerInfo {
        id: response.id.unwrap_or_default(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        image: config.image.unwrap_or_default(),
        image_id: format!("docker://{}", response.image.unwrap_or_default()),
        phase,
        pid: state.pid.unwrap_or_default(),
        created: response.created.as_deref().and_then(Time::parse).unwrap_or_default(),
        started: stamp(state.started_at.as_deref()),
        // A very short run may be stamped as ended before Docker stamped it as started.
        finished: stamp(state.finished_at.as_deref()).max(stamp(state.started_at.as_deref()).filter(|_| phase == Phase::Exited)),
        exit_code: state.exit_code.unwrap_or_default(),
        oom_killed: state.oom_killed.unwrap_or_default(),
        error: state.error.unwrap_or_default(),
    }
}

/// A time, where it is not Go's zero time.
fn stamp(text: Option<&str>) -> Option<Time> {
    text.and_then(Time::parse).filter(|time| time.as_micros() > 0)
}

/// An image of a list.
pub fn image(summary: ImageSummary) -> ImageInfo {
    let names = summary.repo_tags.into_iter().chain(summary.repo_digests).filter(|name| !name.contains("<none>")).collect();
    let content = summary.labels.get(CONTENT).cloned().unwrap_or_default();
    ImageInfo { id: summary.id, names, size: summary.size, user: String::new(), content }
}

/// An image as `inspect` shows it.
pub fn image_of(inspect: ImageInspect) -> ImageInfo {
    let tags = inspect.repo_tags.unwrap_or_default();
    let names = tags.into_iter().chain(inspect.repo_digests.unwrap_or_default()).collect();
    let config = inspect.config.unwrap_or_default();
    let content = config.labels.and_then(|labels| labels.get(CONTENT).cloned()).unwrap_or_default();
    let (id, size) = (inspect.id.unwrap_or_default(), inspect.size.unwrap_or_default());
    ImageInfo { id, names, size, user: config.user.unwrap_or_default(), content }
}
