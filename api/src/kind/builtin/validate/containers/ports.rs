//! Ports of containers.

use serde_json::Value;

use super::super::format::port_name;
use super::super::{list, number, text};
use crate::kind::validate::{Distinct, Faults, Path};

/// The ports of one container.
pub(super) fn all(ports: &[Value], path: &Path<'_>, faults: &mut Faults) {
    let mut names = Distinct::default();
    for (at, port) in ports.iter().enumerate() {
        let (at_path, name) = (path.index(at), text(port, "name"));
        if !name.is_empty() {
            let wrong = port_name(name);
            if wrong.is_empty() && names.repeats(name) {
                faults.duplicate(&at_path.child("name"), &name.into());
            }
            for why in wrong {
                faults.invalid_text(&at_path.child("name"), name, why);
            }
        }
        match number(port, "containerPort") {
            0 => faults.required(&at_path.child("containerPort"), ""),
            _ => faults.in_range(&at_path.child("containerPort"), port.get("containerPort"), 1, 65_535),
        }
    }
}

/// No two of `containers` want the same port of the host.
pub(super) fn host_ports(containers: &[Value], path: &Path<'_>, faults: &mut Faults) {
    let mut taken: Distinct<(&str, &str, i64)> = Distinct::default();
    for (at, container) in containers.iter().enumerate() {
        for (port_at, port) in list(container, "ports").iter().enumerate() {
            let wanted = (text(port, "protocol"), text(port, "hostIP"), number(port, "hostPort"));
            if wanted.2 == 0 {
                continue;
            }
            if taken.repeats(wanted) {
                let container = path.index(at);
                let ports = container.child("ports");
                let described = format!("{}/{}/{}", wanted.0, wanted.1, wanted.2);
                faults.duplicate(&ports.index(port_at).child("hostPort"), &described.into());
            }
        }
    }
}

/// A port by number or by name.
pub(in super::super) fn reference(port: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    match port {
        Some(Value::String(name)) => {
            for why in port_name(name) {
                faults.invalid_text(path, name, why);
            }
        }
        Some(number) => faults.in_range(path, Some(number), 1, 65_535),
        None => {}
    }
}
