//! What drivers say of devices that are allocated.

use std::collections::HashSet;
use std::net::IpAddr;

use serde_json::Value;

use super::devices::pool_name;
use super::storage::driver_name;
use super::{list, text};
use crate::kind::validate::{Distinct, Faults, Path, dns_label_fault};

const MAX_CONDITIONS: usize = 8;
const MAX_DATA: usize = 10 * 1024;
const MAX_INTERFACE: usize = 256;
const MAX_HARDWARE: usize = 128;
const MAX_ADDRESSES: usize = 16;

/// A device by its driver, pool, name and share.
type Device<'v> = [&'v str; 4];

fn device(of: &Value) -> Device<'_> {
    ["driver", "pool", "device", "shareID"].map(|field| text(of, field))
}

/// `status.devices` of a claim: each is allocated, and told of once.
pub(super) fn device_statuses(status: &Value, path: &Path<'_>, faults: &mut Faults) {
    let allocated: HashSet<Device<'_>> = list(&status["allocation"]["devices"], "results").iter().map(device).collect();
    let told = list(status, "devices");
    for (at, of) in told.iter().enumerate() {
        device_status(of, allocated.contains(&device(of)), &path.index(at), faults);
    }
    let mut seen = Distinct::default();
    for (at, of) in told.iter().enumerate() {
        if seen.repeats(device(of)) {
            faults.duplicate(&path.index(at).child("deviceID"), &shown(of).into());
        }
    }
}

/// As upstream writes the id of a device.
fn shown(of: &Value) -> String {
    let [driver, pool, name, share] = device(of);
    let id = format!("{driver}/{pool}/{name}");
    if share.is_empty() { id } else { format!("{id}/{share}") }
}

fn device_status(of: &Value, allocated: bool, path: &Path<'_>, faults: &mut Faults) {
    driver_name(text(of, "driver"), &path.child("driver"), faults);
    pool_name(text(of, "pool"), &path.child("pool"), faults);
    let (field, name) = (path.child("device"), text(of, "device"));
    if name.is_empty() {
        faults.required(&field, "");
    } else if let Some(why) = dns_label_fault(name) {
        faults.invalid_text(&field, name, why);
    }
    if !allocated {
        faults.invalid_text(path, &shown(of), "must be an allocated device in the claim");
    }
    let conditions = list(of, "conditions");
    if conditions.len() > MAX_CONDITIONS {
        faults.too_many(&path.child("conditions"), conditions.len() as u64, MAX_CONDITIONS as u64);
    }
    data(of.get("data"), &path.child("data"), faults);
    network(&of["networkData"], &path.child("networkData"), faults);
}

fn data(data: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    match data {
        None | Some(Value::Null) => {}
        Some(data) if data.to_string().len() > MAX_DATA => faults.too_long(path, MAX_DATA),
        Some(Value::Object(_)) => {}
        Some(_) => faults.invalid_text(path, "<value omitted>", "parameters must be a valid JSON object"),
    }
}

fn network(network: &Value, path: &Path<'_>, faults: &mut Faults) {
    for (field, most) in [("interfaceName", MAX_INTERFACE), ("hardwareAddress", MAX_HARDWARE)] {
        if text(network, field).len() > most {
            faults.too_long(&path.child(field), most);
        }
    }
    let (field, addresses) = (path.child("ips"), list(network, "ips"));
    if addresses.len() > MAX_ADDRESSES {
        faults.too_many(&field, addresses.len() as u64, MAX_ADDRESSES as u64);
    }
    let mut seen = Distinct::default();
    for (at, address) in addresses.iter().enumerate() {
        interface_address(address.as_str().unwrap_or_default(), &field.index(at), faults);
        if seen.repeats(address) {
            faults.duplicate(&field.index(at), address);
        }
    }
}

/// An address with the length of its network, which it keeps.
fn interface_address(address: &str, path: &Path<'_>, faults: &mut Faults) {
    let read = address.split_once('/').and_then(|(ip, length)| {
        let (ip, length): (IpAddr, u8) = (ip.parse().ok()?, length.parse().ok()?);
        (length <= if ip.is_ipv4() { 32 } else { 128 }).then_some((ip, length))
    });
    let canonical = match read {
        None => {
            let why = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)";
            return faults.invalid_text(path, address, why);
        }
        Some((IpAddr::V6(ip), length)) if ip.to_ipv4_mapped().is_some() && length >= 96 => {
            format!("{}/{}", ip.to_canonical(), length - 96)
        }
        Some((ip, length)) => format!("{ip}/{length}"),
    };
    if address != canonical {
        faults.invalid_text(path, address, format!("must be in canonical form ({canonical:?})"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(status: &Value) -> Vec<String> {
        let mut faults = Faults::default();
        device_statuses(status, &Path::new("status.devices"), &mut faults);
        faults.into_errors().into_iter().map(|fault| format!("{}: {}", fault.field, fault.detail)).collect()
    }

    #[test]
    fn drivers_tell_once_of_what_is_allocated() {
        let device = |name: &str| json!({"driver": "d.example.com", "pool": "p", "device": name});
        let status = |devices: Value| json!({"allocation": {"devices": {"results": [device("a")]}}, "devices": devices});
        assert!(told(&status(json!([device("a")]))).is_empty());
        assert_eq!(told(&status(json!([device("b")]))), ["status.devices[0]: must be an allocated device in the claim"]);
        assert_eq!(told(&status(json!([device("a"), device("a")]))), ["status.devices[1].deviceID: "]);
        let mut shared = device("a");
        shared["shareID"] = json!("s");
        assert_eq!(told(&status(json!([shared]))).len(), 1, "no share of it is allocated");
        let with = |field: &str, value: Value| {
            let mut device = device("a");
            device[field] = value;
            told(&status(json!([device])))
        };
        assert!(with("networkData", json!({"ips": ["10.0.0.1/8", "2001:db8::1/64"]})).is_empty());
        assert!(with("data", json!({"a": 1})).is_empty());
        for (field, value) in [
            ("conditions", json!(vec![json!({}); 9])),
            ("data", json!("text")),
            ("data", json!({"a": "x".repeat(10_240)})),
            ("networkData", json!({"interfaceName": "x".repeat(257)})),
            ("networkData", json!({"hardwareAddress": "x".repeat(129)})),
            ("networkData", json!({"ips": ["10.0.0.1"]})),
            ("networkData", json!({"ips": ["10.0.0.1/33"]})),
            ("networkData", json!({"ips": ["2001:DB8::1/64"]})),
            ("networkData", json!({"ips": ["10.0.0.1/8", "10.0.0.1/8"]})),
            ("networkData", json!({"ips": (0..17).map(|at| format!("10.0.0.{at}/8")).collect::<Vec<_>>()})),
        ] {
            assert_eq!(with(field, value.clone()).len(), 1, "{field}: {value}");
        }
    }
}
