//! From what the runtime says of a container to what is observed.

use super::{Folders, termination};
use crate::labels;
use crate::observed::{ContainerKey, ContainerState};
use crate::runtime::{ContainerInfo, ContainerRuntime, Phase};

/// Exit code upstream shows for a container that could not start.
const START_ERROR: i64 = 128;

/// A container of ours as observed: with its labels read, and its last words.
pub async fn read(runtime: &dyn ContainerRuntime, folders: &Folders, info: &ContainerInfo, key: &ContainerKey) -> ContainerState {
    let label = |name: &str| info.labels.get(name).map(String::as_str).unwrap_or_default();
    let could_not_start = info.started.is_none() && !info.error.is_empty();
    let phase = if could_not_start { Phase::Exited } else { info.phase };
    let message = if could_not_start {
        info.error.clone()
    } else if phase == Phase::Exited {
        let file = folders.message(&key.pod, &key.name, key.attempt);
        let from_logs = info.exit_code != 0 && !label(labels::FROM_LOGS).is_empty();
        termination::message(runtime, &info.id, &file, from_logs).await
    } else {
        String::new()
    };
    let scheme = info.image_id.split_once("://").map_or("docker", |(scheme, _)| scheme);
    ContainerState {
        id: format!("{scheme}://{}", info.id).into(),
        sandbox: label(labels::SANDBOX).into(),
        image_id: info.image_id.as_str().into(),
        phase,
        started: info.started,
        finished: if could_not_start { Some(info.created) } else { info.finished.filter(|_| phase == Phase::Exited) },
        exit_code: if could_not_start { START_ERROR } else { info.exit_code },
        oom_killed: info.oom_killed,
        error: if could_not_start { info.error.as_str().into() } else { "".into() },
        message: message.into(),
        hash: label(labels::HASH).into(),
        back_off_seconds: label(labels::BACK_OFF).parse().unwrap_or_default(),
    }
}
