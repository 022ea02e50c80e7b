//! Addresses of services and the ranges they are from.

use std::net::IpAddr;

use serde_json::Value;

use super::super::format::network;
use super::super::{SPEC, list, text};
use super::ip::cidr;
use crate::kind::validate::{Faults, Path};

pub(in super::super) fn ip_address(object: &Value, faults: &mut Faults) {
    let name = text(&object["metadata"], "name");
    let meta = Path::new("metadata");
    match name.parse::<IpAddr>() {
        Err(_) => faults.invalid_text(&meta.child("name"), name, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        Ok(address) if address.to_string() != name => {
            faults.invalid_text(&meta.child("name"), name, format!("must be in canonical form ({:?})", address.to_string()));
        }
        Ok(_) => {}
    }
    let path: Path<'_> = SPEC;
    if object["spec"].get("parentRef").is_none() {
        faults.required(&path.child("parentRef"), "");
    }
}

pub(in super::super) fn service_cidr(object: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let field = path.child("cidrs");
    let ranges = list(&object["spec"], "cidrs");
    if ranges.is_empty() {
        return faults.required(&field, "at least one CIDR required");
    }
    if ranges.len() > 2 {
        return faults.invalid(&field, &ranges.into(), "may only hold up to 2 values");
    }
    for (at, range) in ranges.iter().enumerate() {
        cidr(range.as_str().unwrap_or_default(), &field.index(at), faults);
    }
    let versions: Vec<bool> =
        ranges.iter().filter_map(|range| network(range.as_str()?)).map(|(address, _)| address.is_ipv4()).collect();
    if let [one, other] = versions.as_slice()
        && one == other
    {
        let why = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
        faults.invalid(&field, &ranges.into(), why);
    }
}

/// A range stays; one of the other family may come beside it.
pub(in super::super) fn service_cidr_update(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let field = path.child("cidrs");
    let (now, before) = (list(&new["spec"], "cidrs"), list(&old["spec"], "cidrs"));
    if now == before {
        return;
    }
    match (before, now) {
        ([one], [other, _]) => faults.immutable(&field.index(0), Some(other), Some(one)),
        _ => faults.invalid(&field, &now.into(), "field is immutable"),
    }
}
