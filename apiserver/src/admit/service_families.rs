//! The IP families of Services, as upstream's `initIPFamilyFields` settles them for a cluster of one family.

use std::net::IpAddr;

use kontiki_api::kind::{FieldError, FieldErrorType};
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::Admission;
use super::fields::{items, text};

/// The only family this cluster has addresses of.
const OWN: &str = "IPv4";
const OTHER: &str = "IPv6";
const SINGLE: &str = "SingleStack";
const PREFER: &str = "PreferDualStack";
const REQUIRE: &str = "RequireDualStack";
const TYPE: &str = "/spec/type";
const POLICY: &str = "/spec/ipFamilyPolicy";
const FAMILIES: &str = "/spec/ipFamilies";
const ADDRESS: &str = "/spec/clusterIP";
const ADDRESSES: &str = "/spec/clusterIPs";

/// Writes `ipFamilyPolicy` and `ipFamilies` where the Service does not say them.
///
/// # Errors
/// 422 for families that the cluster does not have, or that the policy does not allow.
pub(super) fn settle_families(admission: &mut Admission<'_>) -> Result<(), Status> {
    let (service, old) = (&mut *admission.object, admission.old);
    if text(service, TYPE) == "ExternalName" || old.is_some_and(|old| stays_dual(service, old)) {
        return Ok(());
    }
    settle_policy(service, old);
    let mut faults = (admission.kind.hooks.validate)(service);
    faults.retain(|fault| ["spec.clusterIPs", "spec.ipFamil"].iter().any(|start| fault.field.starts_with(start)));
    if faults.is_empty() {
        faults = narrow(service, old);
        faults.extend(infer(service));
    }
    if faults.is_empty() && !is_open(service) {
        faults = unconfigured(service);
    }
    if !faults.is_empty() {
        return Err(Status::invalid(admission.kind, admission.name(), &faults));
    }
    if items(service, FAMILIES).is_empty() {
        service["spec"]["ipFamilies"] = json!([OWN]);
    }
    if is_open(service) && items(service, FAMILIES).len() < 2 && text(service, POLICY) != SINGLE {
        let second = if items(service, FAMILIES).iter().any(|family| family == OWN) { OTHER } else { OWN };
        service["spec"]["ipFamilies"].as_array_mut().into_iter().for_each(|families| families.push(second.into()));
    }
    Ok(())
}

/// Without address and selector: who makes its endpoints may have them of any family.
fn is_open(service: &Value) -> bool {
    text(service, ADDRESS) == "None" && service["spec"]["selector"].as_object().is_none_or(serde_json::Map::is_empty)
}

/// Whether a Service that would like two families stays as it is.
fn stays_dual(service: &Value, old: &Value) -> bool {
    let same = |pointer: &str| service.pointer(pointer) == old.pointer(pointer);
    text(service, POLICY) == PREFER && [TYPE, POLICY, ADDRESS, ADDRESSES, FAMILIES].into_iter().all(same)
}

/// The policy that was there before, or the one that follows from the rest; both fields of the address agree by then.
fn settle_policy(service: &mut Value, old: Option<&Value>) {
    let first = text(service, ADDRESS).to_owned();
    if !first.is_empty() && items(service, ADDRESSES).is_empty() {
        service["spec"]["clusterIPs"] = json!([first]);
    } else if let (true, Some(first)) = (first.is_empty(), items(service, ADDRESSES).first().cloned()) {
        service["spec"]["clusterIP"] = first;
    }
    if text(service, POLICY).is_empty() {
        let usual = if is_open(service) { REQUIRE } else { SINGLE };
        let before = old.map_or("", |old| text(old, POLICY));
        service["spec"]["ipFamilyPolicy"] = if before.is_empty() { usual } else { before }.into();
    }
}

/// A Service of one family gives up the second one it had; one that does not say so may not leave it out.
fn narrow(service: &mut Value, old: Option<&Value>) -> Vec<FieldError> {
    let single = text(service, POLICY) == SINGLE;
    let mut faults = Vec::new();
    for (field, pointer, one, many) in [
        ("clusterIPs", ADDRESSES, "secondary cluster IP", "cluster IPs"),
        ("ipFamilies", FAMILIES, "secondary IP family", "IP families"),
    ] {
        let before = old.map(|old| items(old, pointer)).unwrap_or_default();
        let now = items(service, pointer);
        if single && now.len() == 2 && now == before {
            service["spec"][field].as_array_mut().into_iter().for_each(|list| list.truncate(1));
        } else if single && now.len() == 2 {
            let why = format!("must be '{REQUIRE}' or '{PREFER}' when multiple {many} are specified");
            faults.push(policy_fault(service, &why));
        } else if !single && !now.is_empty() && now.len() < before.len() {
            faults.push(policy_fault(service, &format!("must be '{SINGLE}' to release the {one}")));
        }
    }
    faults
}

/// Families that are not said are those of the addresses that are.
fn infer(service: &mut Value) -> Vec<FieldError> {
    let addresses = items(service, ADDRESSES).to_vec();
    let mut families = items(service, FAMILIES).to_vec();
    let mut faults = Vec::new();
    for (at, address) in addresses.iter().enumerate().skip(families.len()) {
        let Ok(address) = address.as_str().unwrap_or_default().parse::<IpAddr>() else { break };
        if address.is_ipv4() {
            families.push(OWN.into());
        } else {
            let why = format!("{OTHER} is not configured on this cluster");
            faults.push(fault(format!("spec.clusterIPs[{at}]"), &json!(addresses), &why));
        }
    }
    if !families.is_empty() {
        service["spec"]["ipFamilies"] = families.into();
    }
    faults
}

/// What only a cluster of both families has.
fn unconfigured(service: &Value) -> Vec<FieldError> {
    let demands = text(service, POLICY) == REQUIRE;
    let dual = demands.then(|| policy_fault(service, "this cluster is not configured for dual-stack services"));
    let families = items(service, FAMILIES).iter().enumerate().filter(|(_, family)| *family != OWN);
    let strange = families.map(|(at, family)| fault(format!("spec.ipFamilies[{at}]"), family, "not configured on this cluster"));
    dual.into_iter().chain(strange).collect()
}

fn policy_fault(service: &Value, why: &str) -> FieldError {
    fault("spec.ipFamilyPolicy".to_owned(), &text(service, POLICY).into(), why)
}

fn fault(field: String, value: &Value, why: &str) -> FieldError {
    FieldError { r#type: FieldErrorType::Invalid, field, value: value.to_string(), detail: why.into() }
}
