//! Containers: variables, fractions of bytes.

use serde_json::Value;

use super::ports::Ports;
use super::{list, text};
use crate::kind::builtin::prepare::profile_of;
use crate::kind::validate::{Distinct, Path};
use crate::member_of;
use crate::quantity::Quantity;

pub(super) const SECCOMP: &str = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
const APP_ARMOR: &str = "deprecated since v1.30; use the \"appArmorProfile\" field instead";

/// Each container of the pod in `template`; `notes` is where its annotations are.
pub(super) fn each(template: &Value, path: &Path<'_>, notes: &Path<'_>, found: &mut Vec<String>) {
    let mut ports = Ports::default();
    for field in ["initContainers", "containers", "ephemeralContainers"] {
        let field_path = path.child(field);
        for (at, container) in list(&template["spec"], field).iter().enumerate() {
            let path = field_path.index(at);
            annotations(template, container, notes, found);
            let resources = member_of(container, "resources");
            for kind in ["limits", "requests"] {
                fractions(
                    resources.and_then(|resources| member_of(resources, kind)).unwrap_or(&Value::Null),
                    &path.child("resources").child(kind),
                    found,
                );
            }
            variables(container, &path, found);
            for (at, port) in list(container, "ports").iter().enumerate() {
                ports.add(path.child("ports").index(at).to_string(), port, found);
            }
        }
    }
}

fn annotations(template: &Value, container: &Value, notes: &Path<'_>, found: &mut Vec<String>) {
    let annotations = &template["metadata"]["annotations"];
    let name = text(container, "name");
    let seccomp = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
    if annotations.get(&seccomp).is_some() && container["securityContext"].get("seccompProfile").is_none() {
        found.push(format!("{}: {SECCOMP}", notes.key(&seccomp)));
    }
    let armor = format!("container.apparmor.security.beta.kubernetes.io/{name}");
    let Some(said) = annotations.get(&armor).and_then(Value::as_str) else { return };
    // What says the same as the field of a pod does no harm; that of a template upstream does not ask.
    let whole = template["spec"]["securityContext"].get("appArmorProfile").filter(|_| text(template, "kind") == "Pod");
    let same = whole.is_some() && profile_of(said).as_ref() == whole;
    if !same && container["securityContext"].get("appArmorProfile").is_none() {
        found.push(format!("{}: {APP_ARMOR}", notes.key(&armor)));
    }
}

/// Bytes are whole.
pub(super) fn fractions(resources: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    for name in ["memory", "ephemeral-storage", "storage"] {
        let Some(Ok(amount)) = member_of(resources, name).map(Quantity::from_value) else { continue };
        if amount.millis() % 1000 != 0 {
            found.push(format!("{}: fractional byte value \"{amount}\" is invalid, must be an integer", path.key(name)));
        }
    }
}

/// The last of several variables of one name wins, here; a merge of lists may keep another.
fn variables(container: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    let variables = list(container, "env");
    let (env, mut names) = (path.child("env"), Distinct::default());
    for (at, variable) in variables.iter().enumerate() {
        let (name, value) = (text(variable, "name"), text(variable, "value"));
        if !names.repeats(name) {
            continue;
        }
        let reference = format!("$({name})");
        let extends = variable.get("valueFrom").is_none() && value != reference && value.contains(&reference);
        if !extends {
            found
                .push(format!("{}: hides previous definition of {name:?}, which may be dropped when using apply", env.index(at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(container: Value) -> Vec<String> {
        let mut found = Vec::new();
        each(&json!({"spec": {"containers": [container]}}), &Path::new("spec"), &Path::new("metadata.annotations"), &mut found);
        found
    }

    /// Looked for among all before, each of them, this takes a minute and more.
    #[test]
    fn many_variables_are_looked_through_once() {
        let variables: Vec<Value> = (0..45_000).map(|at| json!({"name": format!("variable-{at}")})).collect();
        let begun = std::time::Instant::now();
        assert!(told(json!({"env": variables})).is_empty());
        assert!(begun.elapsed() < std::time::Duration::from_secs(15));
    }

    #[test]
    fn a_variable_that_is_set_twice_is_told_unless_it_extends_the_first() {
        let hides = "spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when using apply";
        for (second, wanted) in [
            (json!({"name": "A"}), true),
            (json!({"name": "A", "value": "$(A)"}), true),
            (json!({"name": "A", "valueFrom": {}}), true),
            (json!({"name": "A", "value": "$(A)b"}), false),
            (json!({"name": "B"}), false),
        ] {
            let found = told(json!({"env": [{"name": "A", "value": "a"}, second]}));
            assert_eq!(found, if wanted { vec![hides] } else { vec![] }, "{second}");
        }
    }

    #[test]
    fn ports_that_meet_are_told() {
        let first = json!({"containerPort": 80, "protocol": "TCP", "hostPort": 8080});
        for (second, wanted) in [
            (
                json!({"containerPort": 80, "protocol": "TCP", "hostPort": 8080}),
                "duplicate port definition with spec.containers[0].ports[0]",
            ),
            (json!({"containerPort": 80, "protocol": "TCP"}), "overlapping port definition with spec.containers[0].ports[0]"),
            (
                json!({"containerPort": 80, "protocol": "TCP", "hostPort": 8080, "hostIP": "10.0.0.1"}),
                "dangerously ambiguous port definition with spec.containers[0].ports[0]",
            ),
        ] {
            assert_eq!(told(json!({"ports": [first, second]})), [format!("spec.containers[0].ports[1]: {wanted}")]);
        }
        assert!(told(json!({"ports": [first, {"containerPort": 80, "protocol": "UDP"}]})).is_empty());
    }
}
