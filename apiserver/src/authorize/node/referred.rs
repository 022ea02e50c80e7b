//! What pods refer to.

use serde_json::Value;

/// What a pod can refer to in its namespace.
#[derive(Clone, Copy)]
pub(crate) enum Referred {
    Secret,
    ConfigMap,
    Claim,
    Account,
    ResourceClaim,
}

/// Where volumes refer to Secrets.
const SECRETS: [&str; 11] = [
    "/secret/secretName",
    "/projected/sources/*/secret/name",
    "/azureFile/secretName",
    "/cephfs/secretRef/name",
    "/cinder/secretRef/name",
    "/csi/nodePublishSecretRef/name",
    "/flexVolume/secretRef/name",
    "/iscsi/secretRef/name",
    "/rbd/secretRef/name",
    "/scaleIO/secretRef/name",
    "/storageos/secretRef/name",
];

impl Referred {
    /// Whether `pod` refers to an object of this kind called `name`.
    pub fn is_named(self, pod: &Value, name: &str) -> bool {
        self.is_any(pod, &|found| found == name)
    }

    /// Whether `pod` refers to an object of this kind whose name `wanted` takes.
    pub fn is_any(self, pod: &Value, wanted: &dyn Fn(&str) -> bool) -> bool {
        let spec = pod.get("spec").unwrap_or(&Value::Null);
        match self {
            Self::Account => spec.get("serviceAccountName").and_then(Value::as_str).is_some_and(wanted),
            Self::Secret => {
                names(spec, "/imagePullSecrets/*/name", wanted)
                    || volumes(spec, &SECRETS, wanted)
                    || containers(spec, "secret", wanted)
            }
            Self::ConfigMap => {
                volumes(spec, &["/configMap/name", "/projected/sources/*/configMap/name"], wanted)
                    || containers(spec, "configMap", wanted)
            }
            Self::Claim => {
                let pod_name = pod.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
                let ephemeral = items(spec.get("volumes")).filter(|volume| volume.get("ephemeral").is_some());
                let mut generated = ephemeral.filter_map(|volume| volume.get("name").and_then(Value::as_str));
                volumes(spec, &["/persistentVolumeClaim/claimName"], wanted)
                    || generated.any(|volume| wanted(&format!("{pod_name}-{volume}")))
            }
            Self::ResourceClaim => {
                let listed = items(spec.get("resourceClaims"));
                let extended = pod.pointer("/status/extendedResourceClaimStatus/resourceClaimName").and_then(Value::as_str);
                listed.filter_map(|claim| resource_claim(pod, claim)).chain(extended).any(wanted)
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

fn volumes(spec: &Value, paths: &[&str], wanted: &dyn Fn(&str) -> bool) -> bool {
    items(spec.get("volumes")).any(|volume| paths.iter().any(|path| names(volume, path, wanted)))
}

/// `envFrom` and `env` of every container; `kind` is `secret` or `configMap`.
fn containers(spec: &Value, kind: &str, wanted: &dyn Fn(&str) -> bool) -> bool {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let mut all = lists.iter().flat_map(|list| items(spec.get(*list)));
    let (from, key) = (format!("/envFrom/*/{kind}Ref/name"), format!("/env/*/valueFrom/{kind}KeyRef/name"));
    all.any(|container| names(container, &from, wanted) || names(container, &key, wanted))
}

/// Whether a name that `wanted` takes is found at `path`, in which `*` stands for every item of a list.
fn names(value: &Value, path: &str, wanted: &dyn Fn(&str) -> bool) -> bool {
    match path.split_once("/*") {
        Some((list, rest)) => items(value.pointer(list)).any(|item| names(item, rest, wanted)),
        None => value.pointer(path).and_then(Value::as_str).is_some_and(wanted),
    }
}

fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}
