//! Changes of what is told of a pod.

use std::net::IpAddr;

use serde_json::Value;

use super::super::format::ip_fault;
use super::super::{list, text};
use super::ended;
use super::update::annotations;
use crate::kind::validate::{Distinct, Faults, Path, dns_subdomain_fault};
use crate::selector::label_key_faults;

const STATUS: Path<'static> = Path::new("status");
const OWN_CONDITIONS: [&str; 3] = ["PodScheduled", "Ready", "Initialized"];

/// A container that ended for good stays so; addresses are such; the class of a pod never changes.
pub(in super::super) fn status(new: &Value, old: &Value, faults: &mut Faults) {
    annotations(new, old, faults);
    let (now, before) = (&new["status"], &old["status"]);
    let path: Path<'_> = STATUS;
    let nominated = text(now, "nominatedNodeName");
    if let Some(why) = dns_subdomain_fault(nominated).filter(|_| !nominated.is_empty()) {
        faults.invalid_text(&path.child("nominatedNodeName"), nominated, why);
    }
    if before.get("qosClass").is_some() {
        faults.immutable(&path.child("qosClass"), now.get("qosClass"), before.get("qosClass"));
    }
    let bound = !text(&old["spec"], "nodeName").is_empty();
    if bound && !nominated.is_empty() && nominated != text(before, "nominatedNodeName") {
        faults.forbidden(&path.child("nominatedNodeName"), "may not be set on pods that are already bound to a node");
    }
    let field = path.child("conditions");
    for (at, condition) in list(now, "conditions").iter().enumerate() {
        let name = text(condition, "type");
        for why in label_key_faults(name).into_iter().filter(|_| !OWN_CONDITIONS.contains(&name)) {
            faults.invalid_text(&field.index(at).child("Type"), name, why);
        }
    }
    ended::check(now, before, &old["spec"], faults);
    for field in ["podIPs", "hostIPs"] {
        addresses(list(now, field), list(before, field), &path.child(field), faults);
    }
    let first = list(now, "hostIPs").first().map(|first| text(first, "ip"));
    if let Some(first) = first.filter(|first| *first != text(now, "hostIP")) {
        let field = path.child("hostIPs");
        faults.invalid_text(&field.index(0).child("ip"), first, "must be equal to `hostIP`");
    }
}

/// Addresses of forms that are no longer taken may stay where they were.
fn addresses(addresses: &[Value], before: &[Value], path: &Path<'_>, faults: &mut Faults) {
    let mut families = [0; 2];
    let before: Distinct<&str> = before.iter().map(|old| text(old, "ip")).collect();
    for (at, address) in addresses.iter().map(|item| text(item, "ip")).enumerate() {
        let fault = ip_fault(address).filter(|_| !before.has(&address));
        if let Some(why) = fault {
            faults.invalid_text(&path.index(at), address, why);
        }
        if let Ok(address) = address.parse::<IpAddr>() {
            families[usize::from(address.is_ipv4())] += 1;
        }
    }
    if families.iter().any(|count| *count > 1) {
        faults.invalid(path, &addresses.into(), "may specify no more than one IP for each IP family");
    }
    let mut known = Distinct::default();
    for (at, item) in addresses.iter().enumerate() {
        if known.repeats(text(item, "ip")) {
            faults.duplicate(&path.index(at), item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn new_addresses_are_of_the_strict_form() {
        let told = |address: &str| json!({"metadata": {}, "spec": {}, "status": {"podIP": address, "podIPs": [{"ip": address}]}});
        let faults = |new: &Value, old: &Value| {
            let mut faults = Faults::default();
            status(new, old, &mut faults);
            faults.into_errors().into_iter().map(|fault| fault.detail).collect::<Vec<_>>()
        };
        let none = json!({"metadata": {}, "spec": {}, "status": {}});
        assert_eq!(faults(&told("10.0.0.1"), &none), [""; 0]);
        assert_eq!(faults(&told("::ffff:10.0.0.1"), &none), ["must not be an IPv4-mapped IPv6 address"]);
        assert_eq!(faults(&told("10.0.0.01"), &none), ["must not have leading 0s"]);
        assert_eq!(faults(&told("10.0.0.01"), &told("10.0.0.01")), [""; 0]);
    }
}
