//! The plug-in.

use kontiki_api::status::Status;
use rand::Rng;
use serde_json::{Map, Value, json};

use super::account::Account;
use super::{mirror, secrets};
use crate::admit::fields::{list, spec, text};
use crate::admit::{Admission, Operation, Plugin};

const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX: &str = "kube-api-access-";
/// Upstream's alphabet of generated names: no vowels, so no words.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// An hour and a little, as upstream: a kubelet that sees this number knows that nobody chose it.
const TOKEN_SECONDS: u32 = 3607;

/// Sets a pod's service account, mounts a token for it unless pod or account decline, and takes over the account's
/// pull secrets. Refuses Secrets that an account keeps from its pods, and whatever a mirror pod may not refer to.
pub(in crate::admit) struct ServiceAccount;

impl Plugin for ServiceAccount {
    fn name(&self) -> &'static str {
        "ServiceAccount"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "pods")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !admission.creates("", "pods") || mirror::is_mirror(admission.object) {
            return Ok(());
        }
        let name = match text(admission.object, "/spec/serviceAccountName") {
            "" => "default".to_owned(),
            name => name.to_owned(),
        };
        let account = Account::of(admission, &name)?;
        if let Some(spec) = spec(admission.object) {
            complete(spec, &name, &account);
        }
        Ok(())
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let creates = admission.creates("", "pods");
        let debugs = admission.operation == Operation::Update && &*admission.target.subresource == "ephemeralcontainers";
        if !creates && !debugs {
            return Ok(());
        }
        let pod = &*admission.object;
        if creates && mirror::is_mirror(pod) {
            return mirror::refused(pod).map_or(Ok(()), |why| Err(admission.forbidden(why)));
        }
        let name = text(pod, "/spec/serviceAccountName");
        if name.is_empty() {
            let why = format!("no service account specified for pod {}/{}", admission.target.namespace, admission.name());
            return Err(admission.forbidden(&why));
        }
        let account = Account::of(admission, name)?;
        if !account.limits_secrets() {
            return Ok(());
        }
        let refused = if creates { secrets::refused } else { secrets::refused_to_ephemeral };
        refused(&account, pod).map_or(Ok(()), |why| Err(admission.forbidden(&why)))
    }
}

fn complete(spec: &mut Map<String, Value>, name: &str, account: &Account) {
    spec.insert("serviceAccountName".into(), name.into());
    spec.insert("serviceAccount".into(), name.into());
    if automounts(spec, account) {
        mount_token(spec);
    }
    let secrets = &account.image_pull_secrets;
    if let Some(own) = list(spec, "imagePullSecrets") {
        match own.is_empty() {
            true if secrets.is_empty() => drop(spec.shift_remove("imagePullSecrets")),
            true => own.extend_from_slice(secrets),
            false => {}
        }
    }
}

/// The pod's word goes before the account's.
fn automounts(spec: &Map<String, Value>, account: &Account) -> bool {
    let own = spec.get("automountServiceAccountToken").and_then(Value::as_bool);
    own.or(account.automount_service_account_token).unwrap_or(true)
}

fn mount_token(spec: &mut Map<String, Value>) {
    let volumes = spec.get("volumes").and_then(Value::as_array);
    let mut names = volumes.into_iter().flatten().map(|volume| text(volume, "/name"));
    let found = names.find(|name| name.starts_with(VOLUME_PREFIX)).map(String::from);
    let volume = found.clone().unwrap_or_else(volume_name);
    let mut mounted = false;
    for containers in ["initContainers", "containers"] {
        let containers = spec.get_mut(containers).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
            mounted |= mount(container, &volume);
        }
    }
    if mounted
        && found.is_none()
        && let Some(volumes) = list(spec, "volumes")
    {
        volumes.push(token_volume(&volume));
    }
}

/// Whether the mount was added: a container that mounts something of its own there keeps it.
fn mount(container: &mut Map<String, Value>, volume: &str) -> bool {
    let Some(mounts) = list(container, "volumeMounts") else { return false };
    let taken = mounts.iter().any(|mount| text(mount, "/mountPath") == MOUNT_PATH);
    if !taken {
        mounts.push(json!({"name": volume, "readOnly": true, "mountPath": MOUNT_PATH}));
    }
    !taken
}

fn volume_name() -> String {
    let mut random = rand::rng();
    let letters = (0..5).filter_map(|_| ALPHABET.get(random.random_range(0..ALPHABET.len())));
    letters.fold(VOLUME_PREFIX.to_owned(), |name, letter| name + &char::from(*letter).to_string())
}

fn token_volume(name: &str) -> Value {
    json!({"name": name, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [
            {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
    ]}})
}
