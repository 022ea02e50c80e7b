//! Containers of a pod.

use serde_json::Value;

mod claims;
mod env;
mod mounts;
mod ports;
mod probes;
mod resources;
mod restarts;
mod special;

pub(super) use claims::Claims;
pub(super) use env::{file as downward_file, variable};
pub(super) use ports::reference as port_reference;
pub(super) use probes::headers;
pub(super) use resources::{Of, amount_of, requirements};
pub(super) use special::{app_armor, resize_policies, seccomp, security_context, windows_options};

use super::{list, text};
use crate::kind::validate::{ByText, Distinct, Faults, Path};

/// What a container has to fit in with: its pod.
pub(super) struct Around<'a> {
    volumes: ByText<'a>,
    claims: Claims<'a>,
    grace: Option<i64>,
    never: bool,
    host_users: bool,
}

impl<'a> Around<'a> {
    fn of(spec: &'a Value) -> Self {
        Self {
            volumes: ByText::of(list(spec, "volumes"), "name"),
            claims: Claims::of(spec),
            grace: spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64),
            never: text(spec, "restartPolicy") == "Never",
            host_users: spec["hostUsers"] != false,
        }
    }

    fn has_volume(&self, name: &str) -> bool {
        self.volumes.has(name)
    }

    /// Whether the volume called `name` is a claim; `None` where there is no such volume.
    fn is_claim(&self, name: &str) -> Option<bool> {
        let volume = self.volumes.get(name)?;
        Some(volume.get("persistentVolumeClaim").is_some() || volume.get("ephemeral").is_some())
    }

    /// Whether the volume called `name` is an empty directory to begin with; `None` where there is no such volume.
    fn is_written_by_pod(&self, name: &str) -> Option<bool> {
        Some(self.volumes.get(name)?.get("emptyDir").is_some())
    }
}

/// All containers of a pod spec at `path`.
pub(super) fn all(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let around = Around::of(spec);
    let (main, init) = (list(spec, "containers"), list(spec, "initContainers"));
    let field = path.child("containers");
    let mut names = Distinct::default();
    for (at, container) in main.iter().enumerate() {
        let at_path = field.index(at);
        one(container, &around, &at_path, faults);
        same_name(container, &mut names, &at_path, faults);
        probes::all(container, around.grace, &at_path, faults);
    }
    ports::host_ports(main, &field, faults);
    let field = path.child("initContainers");
    for (at, container) in init.iter().enumerate() {
        let at_path = field.index(at);
        one(container, &around, &at_path, faults);
        same_name(container, &mut names, &at_path, faults);
        ports::host_ports(std::slice::from_ref(container), &field, faults);
        if text(container, "restartPolicy") == "Always" {
            probes::all(container, around.grace, &at_path, faults);
        } else {
            only_main(container, &at_path, faults);
        }
    }
    ephemeral(spec, &around, &mut names, &path.child("ephemeralContainers"), faults);
}

/// Containers that debug others have neither ports nor resources, and keep nothing in sub-paths.
fn ephemeral<'a>(spec: &'a Value, around: &Around<'_>, names: &mut Distinct<&'a str>, path: &Path<'_>, faults: &mut Faults) {
    const ALIEN: [&str; 9] = [
        "ports",
        "resources",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "lifecycle",
        "resizePolicy",
        "restartPolicy",
        "restartPolicyRules",
    ];
    let own = list(spec, "ephemeralContainers");
    if own.is_empty() {
        return;
    }
    let others = ByText::of(list(spec, "containers").iter().chain(list(spec, "initContainers")), "name");
    let set = |value: &Value| value.as_object().is_none_or(|map| !map.is_empty()) && *value != Value::Array(Vec::new());
    for (at, container) in own.iter().enumerate() {
        let at_path = path.index(at);
        one(container, around, &at_path, faults);
        trimmed(container, &at_path, faults);
        same_name(container, names, &at_path, faults);
        let target = text(container, "targetContainerName");
        if !target.is_empty() && !others.has(target) {
            faults.not_found(&at_path.child("targetContainerName"), target);
        }
        for field in ALIEN.into_iter().filter(|field| container.get(*field).is_some_and(set)) {
            faults.forbidden(&at_path.child(field), "cannot be set for an Ephemeral Container");
        }
        let mounts = at_path.child("volumeMounts");
        for (at, mount) in list(container, "volumeMounts").iter().enumerate() {
            for field in ["subPath", "subPathExpr"].into_iter().filter(|field| !text(mount, field).is_empty()) {
                faults.forbidden(&mounts.index(at).child(field), "cannot be set for an Ephemeral Container");
            }
        }
    }
}

/// An image has no space around it; templates may yet have it.
pub(super) fn trimmed(container: &Value, path: &Path<'_>, faults: &mut Faults) {
    let image = text(container, "image");
    if image.trim() != image {
        faults.invalid_text(&path.child("image"), image, "must not have leading or trailing whitespace");
    }
}

fn one(container: &Value, around: &Around<'_>, path: &Path<'_>, faults: &mut Faults) {
    ports::all(list(container, "ports"), &path.child("ports"), faults);
    env::sources(container, &path.child("envFrom"), faults);
    mounts::all(container, around, path, faults);
    mounts::files(container, around, path, faults);
    requirements(&container["resources"], Of::Container, &around.claims, &path.child("resources"), faults);
    resize_policies(list(container, "resizePolicy"), around.never, &path.child("resizePolicy"), faults);
    if around.host_users && container["securityContext"]["procMount"] == "Unmasked" {
        let context = path.child("securityContext");
        faults.invalid_text(&context.child("procMount"), "Unmasked", "`hostUsers` must be false to use `Unmasked`");
    }
    restarts::all(container, path, faults);
}

fn same_name<'a>(container: &'a Value, others: &mut Distinct<&'a str>, path: &Path<'_>, faults: &mut Faults) {
    let name = text(container, "name");
    if !name.is_empty() && others.repeats(name) {
        faults.duplicate(&path.child("name"), &name.into());
    }
}

fn only_main(container: &Value, path: &Path<'_>, faults: &mut Faults) {
    for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        if container.get(field).is_some() {
            faults.forbidden(&path.child(field), "may not be set for init containers without restartPolicy=Always");
        }
    }
}
