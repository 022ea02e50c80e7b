//! Network policies.

use std::net::IpAddr;

use serde_json::Value;

use super::super::format::{network, port_name};
use super::super::{SPEC, list, number, text};
use super::ip::cidr;
use crate::kind::validate::{Faults, Path};

pub(in super::super) fn network_policy(object: &Value, faults: &mut Faults) {
    let types = list(&object["spec"], "policyTypes");
    let path: Path<'_> = SPEC;
    let field = path.child("policyTypes");
    if types.len() > 2 {
        return faults.invalid(&field, &types.into(), "may not specify more than two policyTypes");
    }
    for (at, kind) in types.iter().enumerate() {
        faults.one_of(&field.index(at), Some(kind), &["Ingress", "Egress"]);
    }
}

/// `networking.v1.NetworkPolicyPeer`: pods, or addresses.
pub(in super::super) fn peer(peer: &Value, path: &Path<'_>, faults: &mut Faults) {
    let selects = peer.get("podSelector").is_some() || peer.get("namespaceSelector").is_some();
    match (selects, peer.get("ipBlock").is_some()) {
        (false, false) => faults.required(path, "must specify a peer"),
        (true, true) => faults.forbidden(path, "may not specify both ipBlock and another peer"),
        _ => {}
    }
}

/// `networking.v1.NetworkPolicyPort`: a port, or a range of numbers.
pub(in super::super) fn policy_port(port: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (field, end) = (path.child("endPort"), port.get("endPort"));
    match (port.get("port"), end) {
        (Some(Value::String(name)), end) => {
            if let Some(end) = end {
                faults.invalid(&field, end, "may not be specified when `port` is non-numeric");
            }
            for why in port_name(name) {
                faults.invalid_text(&path.child("port"), name, why);
            }
        }
        (Some(first), end) => {
            faults.in_range(&path.child("port"), Some(first), 1, 65_535);
            if let Some(last) = end.filter(|_| number(port, "endPort") < number(port, "port")) {
                faults.invalid(&field, last, "must be greater than or equal to `port`");
            }
            faults.in_range(&field, end, 1, 65_535);
        }
        (None, Some(end)) => faults.invalid(&field, end, "may not be specified when `port` is not specified"),
        (None, None) => {}
    }
}

/// `networking.v1.IPBlock`: a network, and smaller ones inside that are left out of it.
pub(in super::super) fn ip_block(block: &Value, path: &Path<'_>, faults: &mut Faults) {
    let whole = text(block, "cidr");
    if whole.is_empty() {
        return;
    }
    cidr(whole, &path.child("cidr"), faults);
    let Some(outer) = network(whole) else { return };
    let field = path.child("except");
    for (at, except) in list(block, "except").iter().enumerate() {
        let (at, except) = (field.index(at), except.as_str().unwrap_or_default());
        cidr(except, &at, faults);
        if network(except).is_some_and(|inner| !holds(outer, inner)) {
            faults.invalid_text(&at, except, "must be a strict subset of `cidr`");
        }
    }
}

/// Whether the network `inner` is a part of `outer`, and not all of it.
fn holds(outer: (IpAddr, u8), inner: (IpAddr, u8)) -> bool {
    let shift = |width: u8| u32::from(width.saturating_sub(outer.1));
    let same = match (outer.0, inner.0) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            one.to_bits().checked_shr(shift(32)).unwrap_or(0) == other.to_bits().checked_shr(shift(32)).unwrap_or(0)
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            one.to_bits().checked_shr(shift(128)).unwrap_or(0) == other.to_bits().checked_shr(shift(128)).unwrap_or(0)
        }
        _ => false,
    };
    same && outer.1 < inner.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_network_is_smaller_and_inside() {
        let net = |text: &str| network(text).unwrap();
        assert!(holds(net("10.0.0.0/8"), net("10.1.0.0/16")));
        assert!(holds(net("0.0.0.0/0"), net("10.1.0.0/16")));
        assert!(!holds(net("10.0.0.0/8"), net("10.0.0.0/8")));
        assert!(!holds(net("10.0.0.0/8"), net("11.0.0.0/16")));
        assert!(!holds(net("10.0.0.0/8"), net("fd00::/16")));
    }
}
