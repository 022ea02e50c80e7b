//! Ports of containers.

use serde_json::Value;

use super::super::{list, text};
use crate::kind::validate::{Faults, Path};

/// The ports of one container: their names.
pub(super) fn all(ports: &[Value], path: &Path<'_>, faults: &mut Faults) {
    for (at, port) in ports.iter().enumerate() {
        let at_path = path.index(at);
        if port.get("containerPort").is_none_or(|number| number == 0) && port.get("containerPort").is_none() {
            faults.required(&at_path.child("containerPort"), "");
        }
        let name = text(port, "name");
        if name.is_empty() {
            continue;
        }
        name_faults(name, &at_path.child("name"), faults);
        if ports.iter().take(at).any(|other| text(other, "name") == name) {
            faults.duplicate(&at_path.child("name"), &name.into());
        }
    }
}

/// No two containers want the same port of the host.
pub(super) fn host_ports(containers: &[Value], path: &Path<'_>, faults: &mut Faults) {
    let mut taken: Vec<[&Value; 3]> = Vec::new();
    for (at, container) in containers.iter().enumerate() {
        for (port_at, port) in list(container, "ports").iter().enumerate() {
            let wanted = [&port["hostPort"], &port["hostIP"], &port["protocol"]];
            if wanted[0].as_i64().unwrap_or_default() == 0 {
                continue;
            }
            if taken.contains(&wanted) {
                let container = path.index(at);
                let ports = container.child("ports");
                let described = format!("{}/{}/{}", wanted[1].as_str().unwrap_or_default(), wanted[0], text(port, "protocol"));
                faults.duplicate(&ports.index(port_at).child("hostPort"), &described.into());
            }
            taken.push(wanted);
        }
    }
}

/// A service name of IANA: what names of ports look like.
pub(in crate::kind::builtin::validate) fn name_faults(name: &str, path: &Path<'_>, faults: &mut Faults) {
    if name.len() > 15 {
        faults.invalid_text(path, name, "must be no more than 15 characters");
    }
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if !name.bytes().all(|byte| plain(byte) || byte == b'-') {
        faults.invalid_text(path, name, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        faults.invalid_text(path, name, "must contain at least one letter (a-z)");
    }
    if name.contains("--") {
        faults.invalid_text(path, name, "must not contain consecutive hyphens");
    }
    if name.starts_with('-') || name.ends_with('-') {
        faults.invalid_text(path, name, "must not begin or end with a hyphen");
    }
}

/// A port by number or by name.
pub(in crate::kind::builtin::validate) fn reference(port: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    match port {
        Some(Value::String(name)) => name_faults(name, path, faults),
        Some(number) => faults.in_range(path, Some(number), 1, 65_535),
        None => {}
    }
}
