//! The status of claims to devices.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::time::Time;

/// Nothing is said any more of devices that are given back.
pub(in crate::kind::builtin) fn status(new: &mut Value, old: &Value, _: Time) {
    let mut given_back = allocated(old);
    for device in allocated(new) {
        given_back.remove(&device);
    }
    let Some(status) = new.get_mut("status").and_then(Value::as_object_mut) else { return };
    let Some(devices) = status.get_mut("devices").and_then(Value::as_array_mut) else { return };
    devices.retain(|device| !given_back.contains(&name(device)));
    if devices.is_empty() {
        status.shift_remove("devices");
    }
}

/// Driver, pool and name of every device that is allocated.
fn allocated(claim: &Value) -> BTreeSet<[String; 3]> {
    let results = claim.pointer("/status/allocation/devices/results").and_then(Value::as_array);
    results.into_iter().flatten().map(name).collect()
}

fn name(device: &Value) -> [String; 3] {
    ["driver", "pool", "device"].map(|field| device.get(field).and_then(Value::as_str).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_said_of_a_device_goes_with_its_allocation() {
        let device = |name: &str| json!({"driver": "d", "pool": "p", "device": name});
        let claim = |allocated: &[&str], told: &[&str]| {
            let list = |names: &[&str]| names.iter().map(|name| device(name)).collect::<Vec<_>>();
            json!({"status": {"allocation": {"devices": {"results": list(allocated)}}, "devices": list(told)}})
        };
        let old = claim(&["a", "b"], &["a", "b"]);
        let after = |new: Value| {
            let mut new = new;
            status(&mut new, &old, Time::default());
            new["status"].get("devices").cloned().unwrap_or_default()
        };
        assert_eq!(after(claim(&["a"], &["a", "b"])), json!([device("a")]));
        assert_eq!(after(claim(&[], &["a", "b"])), Value::Null);
        assert_eq!(after(claim(&["a", "b"], &["a", "b", "c"])), json!([device("a"), device("b"), device("c")]));
    }
}
