//! Changes of services.

use serde_json::Value;

use super::super::{SPEC, list, number, text};
use super::ip::{HOST_WORDS, ip};
use super::service::{is_headless, is_health_checked};
use crate::kind::validate::{Distinct, Faults, Path, dns_subdomain_fault};

const ONCE: &str = "may not change once set";

/// Addresses and families that were given stay, but for a second one that comes or goes.
pub(in super::super) fn service_update(new: &Value, old: &Value, faults: &mut Faults) {
    let (new, old) = (&new["spec"], &old["spec"]);
    let path: Path<'_> = SPEC;
    if text(new, "type") != "ExternalName" && text(old, "type") != "ExternalName" {
        let (now, before) = (is_headless(new), is_headless(old));
        if !(now && before) {
            addresses(new, old, &path, faults);
        }
        if !now && !before {
            families(new, old, &path, faults);
        }
    }
    let balanced = |spec: &Value| text(spec, "type") == "LoadBalancer";
    let class = |spec: &Value| spec.get("loadBalancerClass").cloned();
    if balanced(new) && balanced(old) && class(new) != class(old) {
        faults.invalid(&path.child("loadBalancerClass"), &class(new).unwrap_or_default(), ONCE);
    }
    let port = |spec: &Value| number(spec, "healthCheckNodePort");
    if is_health_checked(new) && is_health_checked(old) && port(new) != port(old) {
        faults.forbidden(&path.child("healthCheckNodePort"), "field is immutable");
    }
}

fn addresses(new: &Value, old: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (now, before) = (list(new, "clusterIPs"), list(old, "clusterIPs"));
    let field = path.child("clusterIPs");
    if now.len() == before.len() {
        for (at, _) in now.iter().zip(before).enumerate().filter(|(_, (now, before))| now != before) {
            faults.invalid(&field.index(at), &now.into(), ONCE);
        }
        return;
    }
    match (now.first(), before.first()) {
        (None, Some(_)) => faults.invalid(&field.index(0), &now.into(), "primary clusterIP can not be unset"),
        (Some(one), Some(other)) if one != other => faults.invalid(&field.index(0), &now.into(), ONCE),
        _ => {}
    }
    if now.len() == 1 && before.len() > 1 && text(new, "ipFamilyPolicy") != "SingleStack" {
        let why = "must be set to 'SingleStack' when releasing the secondary clusterIP";
        faults.invalid(&path.child("ipFamilyPolicy"), &new["ipFamilyPolicy"], why);
    }
}

fn families(new: &Value, old: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (now, before) = (list(new, "ipFamilies"), list(old, "ipFamilies"));
    let field = path.child("ipFamilies");
    let field = field.index(0);
    if now.len() == before.len() {
        for _ in now.iter().zip(before).filter(|(now, before)| now != before) {
            faults.invalid(&field, &now.into(), ONCE);
        }
        return;
    }
    if let (Some(one), Some(other)) = (now.first(), before.first())
        && one != other
    {
        faults.invalid(&field, &list(new, "clusterIPs").into(), ONCE);
    }
    if now.len() == 1 && before.len() > 1 && text(new, "ipFamilyPolicy") != "SingleStack" {
        let why = "must be set to 'SingleStack' when releasing the secondary ipFamily";
        faults.invalid(&path.child("ipFamilyPolicy"), &new["ipFamilyPolicy"], why);
    }
}

/// What balancers in front of a service say of themselves.
pub(in super::super) fn service_status(new: &Value, old: &Value, faults: &mut Faults) {
    let path = Path::new("status.loadBalancer");
    let field = path.child("ingress");
    if text(&new["spec"], "type") != "LoadBalancer" && !balancers(new).is_empty() {
        return faults.forbidden(&field, "may only be used when `spec.type` is 'LoadBalancer'");
    }
    let before = told_addresses(old);
    for (at, ingress) in balancers(new).iter().enumerate() {
        let at = field.index(at);
        let (address, mode) = (text(ingress, "ip"), ingress.get("ipMode"));
        match (address, mode) {
            ("", Some(_)) => faults.forbidden(&at.child("ipMode"), "may not be specified when `ip` is not set"),
            ("", None) => {}
            (_, None) => faults.required(&at.child("ipMode"), "must be specified when `ip` is set"),
            (_, mode) => faults.one_of(&at.child("ipMode"), mode, &["Proxy", "VIP"]),
        }
        balancer_address(ingress, &before, &at, faults);
    }
}

/// The balancers in front of an object.
pub(super) fn balancers(object: &Value) -> &[Value] {
    list(&object["status"]["loadBalancer"], "ingress")
}

/// Their addresses.
pub(super) fn told_addresses(object: &Value) -> Distinct<&str> {
    balancers(object).iter().map(|balancer| text(balancer, "ip")).collect()
}

/// Address and name of one balancer; an address that one of those `before` had may stay, whatever its form.
pub(super) fn balancer_address<'v>(ingress: &'v Value, before: &Distinct<&'v str>, path: &Path<'_>, faults: &mut Faults) {
    let (address, name) = (text(ingress, "ip"), text(ingress, "hostname"));
    if !address.is_empty() && !before.has(&address) {
        ip(address, &path.child("ip"), faults);
    }
    if name.is_empty() {
        return;
    }
    if let Some(why) = dns_subdomain_fault(name) {
        faults.invalid_text(&path.child("hostname"), name, why);
    }
    if name.parse::<std::net::IpAddr>().is_ok() {
        faults.invalid_text(&path.child("hostname"), name, HOST_WORDS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_that_a_balancer_had_may_stay() {
        let told = |address: &str| {
            json!({"spec": {"type": "LoadBalancer"},
                "status": {"loadBalancer": {"ingress": [{"hostname": "a"}, {"ip": address, "ipMode": "VIP"}]}}})
        };
        let count = |new: &str, old: &str| {
            let mut faults = Faults::default();
            service_status(&told(new), &told(old), &mut faults);
            faults.into_errors().len()
        };
        assert_eq!((count("192.0.2.01", "192.0.2.1"), count("192.0.2.01", "192.0.2.01")), (1, 0));
    }
}
