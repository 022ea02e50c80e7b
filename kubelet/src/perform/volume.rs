//! Writing volumes.

use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use bytes::Bytes;
use kontiki_api::request::{Cause, Request, Target, User, Verb};
use kontiki_api::time::Time;
use kontiki_runtime::observe::Observation;
use serde_json::{Value, json};

use super::atomic_writer::{self, File};
use super::{NodeObservation, Performer};
use crate::effect::{Act, EffectKey, FileContent, VolumeFile, VolumeSource, VolumeSpec};
use crate::observed::{VolumeKey, VolumeState};
use crate::pod_key::PodKey;

/// Writes the volume that `key` asks for; finds done what is done.
pub async fn write(performer: &Performer, key: &EffectKey, spec: VolumeSpec) -> Result<(), String> {
    let Act::Volume(name) = &key.act else { return Err("not a volume".into()) };
    let folder = performer.folders.volume(&key.pod, name);
    performer.folders.make(&key.pod).map_err(|error| format!("cannot make the pod's folder: {error}"))?;
    performer.sink.tell(NodeObservation::Folder(Observation::Seen(key.pod.clone(), crate::observed::PodFolder)));
    match spec.source {
        VolumeSource::EmptyDir { memory, size_bytes } => {
            empty_dir(&folder, memory, size_bytes, spec.fs_group).map_err(|error| format!("cannot make the directory: {error}"))
        }
        VolumeSource::HostPath { path, r#type } => host_path(Path::new(&path), &r#type),
        VolumeSource::Files(files) => {
            let mut refresh = None;
            let mut written = Vec::with_capacity(files.len());
            for file in files {
                written.push(content(performer, &key.pod, file, &mut refresh).await?);
            }
            atomic_writer::write(&folder, &written, spec.fs_group).map_err(|error| format!("cannot write the files: {error}"))?;
            if let Some(refresh_at) = refresh {
                let told = VolumeKey { pod: key.pod.clone(), name: name.clone() };
                performer.registry.told(|keys| keys.volumes.insert(told.clone()));
                let state = VolumeState { refresh_at, generation: spec.generation };
                performer.sink.tell(NodeObservation::Volume(Observation::Seen(told, state)));
            }
            Ok(())
        }
    }
}

/// A directory that everybody may write, whatever our umask is.
fn empty_dir(folder: &Path, memory: bool, size: Option<u64>, group: Option<u32>) -> io::Result<()> {
    let fresh = !folder.exists();
    std::fs::create_dir_all(folder)?;
    if memory && !is_mount(folder)? {
        let options = size.map(|size| format!("size={size}"));
        let flags = nix::mount::MsFlags::empty();
        nix::mount::mount(Some("tmpfs"), folder, Some("tmpfs"), flags, options.as_deref())?;
    }
    if fresh {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(if group.is_some() { 0o2777 } else { 0o777 }))?;
        if let Some(group) = group {
            chown(folder, None, Some(group))?;
        }
    }
    Ok(())
}

/// Whether something is mounted on `folder`: it lies on another device than its parent.
fn is_mount(folder: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let parent = folder.parent().unwrap_or(folder);
    Ok(folder.metadata()?.dev() != parent.metadata()?.dev())
}

fn host_path(path: &Path, r#type: &str) -> Result<(), String> {
    use std::os::unix::fs::FileTypeExt;
    let made = |result: io::Result<()>| result.map_err(|error| format!("cannot make {}: {error}", path.display()));
    match r#type {
        "DirectoryOrCreate" if !path.exists() => return made(std::fs::create_dir_all(path)),
        "FileOrCreate" if !path.exists() => return made(std::fs::write(path, "")),
        _ => {}
    }
    let kind = path.metadata().map(|metadata| metadata.file_type());
    let is = |wanted: fn(&std::fs::FileType) -> bool| kind.as_ref().is_ok_and(wanted);
    let (right, wanted) = match r#type {
        "Directory" | "DirectoryOrCreate" => (is(|kind| kind.is_dir()), "a directory"),
        "File" | "FileOrCreate" => (is(|kind| kind.is_file()), "a file"),
        "Socket" => (is(|kind| kind.is_socket()), "a socket file"),
        "CharDevice" => (is(|kind| kind.is_char_device()), "a character device"),
        "BlockDevice" => (is(|kind| kind.is_block_device()), "a block device"),
        _ if !path.exists() => return made(std::fs::create_dir_all(path)),
        _ => return Ok(()),
    };
    if right { Ok(()) } else { Err(format!("hostPath type check failed: {} is not {wanted}", path.display())) }
}

/// The bytes of one file; a token is asked for, and `refresh` becomes the time when the first must be renewed.
async fn content(performer: &Performer, pod: &PodKey, file: VolumeFile, refresh: &mut Option<Time>) -> Result<File, String> {
    let bytes = match file.content {
        FileContent::Bytes(bytes) => bytes.0,
        FileContent::Token { service_account, audience, expiration_seconds } => {
            let (token, expires) = token(performer, pod, &service_account, &audience, expiration_seconds).await?;
            // Renewed after four fifths of its life, as upstream does.
            let life = expires.since(performer.clock.now());
            let due = performer.clock.now().plus(life * 4 / 5);
            *refresh = Some(refresh.map_or(due, |known| known.min(due)));
            token
        }
    };
    Ok(File { path: file.path, mode: file.mode, bytes })
}

async fn token(
    performer: &Performer,
    pod: &PodKey,
    account: &str,
    audience: &str,
    seconds: u64,
) -> Result<(Bytes, Time), String> {
    let audiences = if audience.is_empty() { json!([]) } else { json!([audience]) };
    let body = json!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "metadata": {},
        "spec": {
            "audiences": audiences,
            "expirationSeconds": seconds,
            "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": &*pod.name, "uid": &*pod.uid},
        },
    });
    let target = Target {
        version: "v1".into(),
        plural: "serviceaccounts".into(),
        namespace: pod.namespace.clone(),
        name: account.into(),
        subresource: "token".into(),
        ..Target::default()
    };
    let answer = performer.client.call(request(&performer.owner.node, Verb::Create, target, &body)).await;
    let failed = |error: &dyn std::fmt::Display| format!("failed to fetch token: {error}");
    let answer = answer.map_err(|error| failed(&error))?;
    let answer: Value = serde_json::from_slice(&answer.body).map_err(|error| failed(&error))?;
    let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str);
    let token = text("/status/token").ok_or_else(|| failed(&"the answer holds none"))?;
    let expires = text("/status/expirationTimestamp").and_then(Time::parse).unwrap_or_else(|| performer.clock.now());
    Ok((Bytes::from(token.to_owned()), expires))
}

/// A request of the kubelet itself.
fn request(node: &str, verb: Verb, target: Target, body: &Value) -> Request {
    Request {
        verb,
        target,
        query: Vec::new(),
        content_type: "application/json".into(),
        body: Bytes::from(body.to_string()),
        user: User {
            name: format!("system:node:{node}").into(),
            groups: vec!["system:nodes".into(), "system:authenticated".into()],
            ..User::default()
        },
        cause: Cause::Request,
        id: None,
        leader: None,
        agent: "kubelet".into(),
    }
}
