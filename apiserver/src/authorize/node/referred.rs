//! What pods refer to.

use serde_json::Value;

/// What a pod can refer to in its namespace.
#[derive(Clone, Copy)]
pub(super) enum Referred {
    Secret,
    ConfigMap,
    Claim,
    Account,
    ResourceClaim,
}

impl Referred {
    /// Whether `pod` refers to an object of this kind called `name`.
    pub fn is_named(self, pod: &Value, name: &str) -> bool {
        let spec = pod.get("spec").unwrap_or(&Value::Null);
        match self {
            Self::Account => spec.get("serviceAccountName").and_then(Value::as_str) == Some(name),
            Self::Secret => {
                names(spec, "/imagePullSecrets/*/name", name)
                    || volumes(spec, &["/secret/secretName", "/projected/sources/*/secret/name"], name)
                    || volumes(spec, &["/cephfs/secretRef/name", "/csi/nodePublishSecretRef/name", "/iscsi/secretRef/name"], name)
                    || volumes(spec, &["/azureFile/secretName", "/flexVolume/secretRef/name", "/rbd/secretRef/name"], name)
                    || containers(spec, "secret", name)
            }
            Self::ConfigMap => {
                volumes(spec, &["/configMap/name", "/projected/sources/*/configMap/name"], name)
                    || containers(spec, "configMap", name)
            }
            Self::Claim => {
                let pod_name = pod.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
                let ephemeral = items(spec.get("volumes")).filter(|volume| volume.get("ephemeral").is_some());
                let mut generated = ephemeral.filter_map(|volume| volume.get("name").and_then(Value::as_str));
                volumes(spec, &["/persistentVolumeClaim/claimName"], name)
                    || generated.any(|volume| name.strip_prefix(pod_name) == Some(&format!("-{volume}")))
            }
            Self::ResourceClaim => {
                let listed = items(spec.get("resourceClaims"));
                let extended = pod.pointer("/status/extendedResourceClaimStatus/resourceClaimName").and_then(Value::as_str);
                listed.filter_map(|claim| resource_claim(pod, claim)).chain(extended).any(|claim| claim == name)
            }
        }
    }
}

/// The ResourceClaim that an entry of `spec.resourceClaims` stands for: named there, or made from a template and told in the
/// pod's status.
fn resource_claim<'a>(pod: &'a Value, entry: &'a Value) -> Option<&'a str> {
    let named = entry.get("resourceClaimName").and_then(Value::as_str);
    named.or_else(|| {
        entry.get("resourceClaimTemplateName").filter(|template| template.is_string())?;
        let mut made = items(pod.pointer("/status/resourceClaimStatuses"));
        let own = made.find(|status| status.get("name") == entry.get("name"))?;
        own.get("resourceClaimName").and_then(Value::as_str)
    })
}

fn volumes(spec: &Value, paths: &[&str], name: &str) -> bool {
    items(spec.get("volumes")).any(|volume| paths.iter().any(|path| names(volume, path, name)))
}

/// `envFrom` and `env` of every container; `kind` is `secret` or `configMap`.
fn containers(spec: &Value, kind: &str, name: &str) -> bool {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let mut all = lists.iter().flat_map(|list| items(spec.get(*list)));
    let (from, key) = (format!("/envFrom/*/{kind}Ref/name"), format!("/env/*/valueFrom/{kind}KeyRef/name"));
    all.any(|container| names(container, &from, name) || names(container, &key, name))
}

/// Whether `name` is found at `path`, in which `*` stands for every item of a list.
fn names(value: &Value, path: &str, name: &str) -> bool {
    match path.split_once("/*") {
        Some((list, rest)) => items(value.pointer(list)).any(|item| names(item, rest, name)),
        None => value.pointer(path).and_then(Value::as_str) == Some(name),
    }
}

fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}
