//! Volumes of the pod: what they hold now.

use bytes::Bytes;
use kontiki_api::Text;
use kontiki_api::quantity::Quantity;

use super::draft::{Draft, Event, Stand};
use super::facts::Facts;
use super::{back_off, env, expand, fields};
use crate::effect::{Act, Doing, FileContent, Hidden, MountSpec, VolumeFile, VolumeSource, VolumeSpec};
use crate::observed::{VolumeKey, VolumeState};
use crate::view::{ConfigVolume, Container, DownwardVolume, Item, Projection, SecretVolume, Volume};

/// Mode of files that ask for none.
const MODE: u32 = 0o644;

/// Wants every volume with its present content; true once all are written.
pub fn want(facts: &Facts<'_>, draft: &mut Draft) -> bool {
    let mut all = true;
    for volume in &facts.spec().volumes {
        let name: Text = volume.name.as_str().into();
        let stand = match source(facts, volume) {
            Ok(source) => {
                let spec = VolumeSpec { source, fs_group: fs_group(facts), generation: generation(facts, draft, &name) };
                match draft.want(facts, Act::Volume(name), Doing::Volume(spec), back_off::quick) {
                    Stand::Done => Ok(true),
                    Stand::Pending => Ok(false),
                    Stand::Failed(failed) => Err(failed.error.clone()),
                }
            }
            Err(error) => Err(error),
        };
        all &= stand == Ok(true);
        if let Err(error) = stand {
            let message = format!("MountVolume.SetUp failed for volume {:?} : {error}", volume.name);
            draft.tell(facts, &format!("mount/{}", volume.name), Event::warning(None, "FailedMount", message));
        }
    }
    all
}

fn fs_group(facts: &Facts<'_>) -> Option<u32> {
    facts.spec().security_context.fs_group.and_then(|group| u32::try_from(group).ok())
}

/// How many times the volume's tokens were written; one more when it is time again.
fn generation(facts: &Facts<'_>, draft: &mut Draft, name: &Text) -> u32 {
    let Some(state) = facts.world.observed::<VolumeState>(&VolumeKey { pod: facts.key.clone(), name: name.clone() }) else {
        return 0;
    };
    if facts.now >= state.refresh_at {
        return state.generation + 1;
    }
    draft.after(state.refresh_at.since(facts.now));
    state.generation
}

fn source(facts: &Facts<'_>, volume: &Volume) -> Result<VolumeSource, String> {
    if let Some(host) = &volume.host_path {
        return Ok(VolumeSource::HostPath { path: host.path.clone(), r#type: host.r#type.clone() });
    }
    if let Some(map) = &volume.config_map {
        return config_files(facts, map, mode(map.default_mode)).map(VolumeSource::Files);
    }
    if let Some(secret) = &volume.secret {
        return secret_files(facts, secret, mode(secret.default_mode)).map(VolumeSource::Files);
    }
    if let Some(downward) = &volume.downward_api {
        return downward_files(facts, downward, mode(downward.default_mode)).map(VolumeSource::Files);
    }
    if let Some(projected) = &volume.projected {
        let mode = mode(projected.default_mode);
        let sources = projected.sources.iter().map(|source| projection(facts, source, mode));
        let files = sources.collect::<Result<Vec<_>, _>>()?;
        return Ok(VolumeSource::Files(files.into_iter().flatten().collect()));
    }
    if let Some(empty) = &volume.empty_dir {
        let size = empty.size_limit.as_deref().and_then(|text| Quantity::parse(text).ok()).map(Quantity::units);
        let size_bytes = size.and_then(|size| u64::try_from(size).ok()).filter(|size| *size > 0);
        return Ok(VolumeSource::EmptyDir { memory: empty.medium == "Memory", size_bytes });
    }
    Err(format!("volume {:?} has a source that this node does not know", volume.name))
}

fn mode(default: Option<u32>) -> u32 {
    default.unwrap_or(MODE)
}

fn projection(facts: &Facts<'_>, source: &Projection, mode: u32) -> Result<Vec<VolumeFile>, String> {
    if let Some(map) = &source.config_map {
        return config_files(facts, map, mode);
    }
    if let Some(secret) = &source.secret {
        return secret_files(facts, secret, mode);
    }
    if let Some(downward) = &source.downward_api {
        return downward_files(facts, downward, mode);
    }
    let Some(token) = &source.service_account_token else { return Err("a projected source that this node does not know".into()) };
    let account = &facts.spec().service_account_name;
    let content = FileContent::Token {
        service_account: if account.is_empty() { "default".into() } else { account.clone() },
        audience: token.audience.clone(),
        expiration_seconds: token.expiration_seconds.unwrap_or(3600),
    };
    Ok(vec![VolumeFile { path: token.path.clone(), mode, content }])
}

fn config_files(facts: &Facts<'_>, volume: &ConfigVolume, mode: u32) -> Result<Vec<VolumeFile>, String> {
    match env::config_map(facts, &volume.name) {
        Some(map) => pick(map.bytes(), &volume.items, mode, volume.optional, "configmap"),
        None if volume.optional => Ok(Vec::new()),
        None => Err(format!("configmap {:?} not found", volume.name)),
    }
}

fn secret_files(facts: &Facts<'_>, volume: &SecretVolume, mode: u32) -> Result<Vec<VolumeFile>, String> {
    match env::secret(facts, &volume.secret_name) {
        Some(secret) => pick(secret.data.clone(), &volume.items, mode, volume.optional, "secret"),
        None if volume.optional => Ok(Vec::new()),
        None => Err(format!("secret {:?} not found", volume.secret_name)),
    }
}

/// The files of `data`: all of it, or the items asked for.
fn pick(
    data: std::collections::BTreeMap<String, Bytes>,
    items: &[Item],
    mode: u32,
    optional: bool,
    kind: &str,
) -> Result<Vec<VolumeFile>, String> {
    let file = |path: &str, mode: u32, bytes: &Bytes| VolumeFile {
        path: path.into(),
        mode,
        content: FileContent::Bytes(Hidden(bytes.clone())),
    };
    if items.is_empty() {
        return Ok(data.iter().map(|(key, bytes)| file(key, mode, bytes)).collect());
    }
    let mut files = Vec::with_capacity(items.len());
    for item in items {
        match data.get(&item.key) {
            Some(bytes) => files.push(file(&item.path, item.mode.unwrap_or(mode), bytes)),
            None if optional => {}
            None => return Err(format!("{kind} references non-existent config key: {}", item.key)),
        }
    }
    Ok(files)
}

fn downward_files(facts: &Facts<'_>, volume: &DownwardVolume, mode: u32) -> Result<Vec<VolumeFile>, String> {
    let files = volume.items.iter().map(|item| {
        let field = item.field_ref.as_ref().and_then(|reference| fields::field(facts, &reference.field_path));
        let resource = || item.resource_field_ref.as_ref().and_then(|reference| fields::resource(facts, reference, None));
        let text = field.or_else(resource).ok_or_else(|| format!("{}: no such field", item.path))?;
        Ok(VolumeFile { path: item.path.clone(), mode: item.mode.unwrap_or(mode), content: FileContent::Bytes(text.into()) })
    });
    files.collect()
}

/// Where the volumes appear in `container`.
///
/// # Errors
/// A `subPathExpr` that does not make a path within the volume.
pub fn mounts(facts: &Facts<'_>, container: &Container) -> Result<Vec<MountSpec>, String> {
    let env = if container.volume_mounts.iter().any(|mount| !mount.sub_path_expr.is_empty()) {
        env::resolve(facts, container)?
    } else {
        Vec::new()
    };
    let mounts = container.volume_mounts.iter().map(|mount| {
        let volume = facts.spec().volumes.iter().find(|volume| volume.name == mount.name);
        let sub_path =
            if mount.sub_path_expr.is_empty() { mount.sub_path.clone() } else { sub_path(&mount.sub_path_expr, &env)? };
        Ok(MountSpec {
            volume: mount.name.as_str().into(),
            host_path: volume.and_then(|volume| volume.host_path.as_ref()).map(|host| host.path.clone()),
            sub_path,
            target: mount.mount_path.clone(),
            read_only: mount.read_only,
            propagation: propagation(&mount.mount_propagation).into(),
        })
    });
    mounts.collect()
}

fn sub_path(expression: &str, env: &[(String, String)]) -> Result<String, String> {
    let path = expand::expand(expression, |name| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()));
    if path.contains("$(") {
        return Err(format!("cannot expand subPathExpr {expression:?}"));
    }
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(format!("subPath {path:?} must not be absolute or contain '..'"));
    }
    Ok(path)
}

fn propagation(asked: &str) -> &'static str {
    match asked {
        "HostToContainer" => "rslave",
        "Bidirectional" => "rshared",
        _ => "rprivate",
    }
}
