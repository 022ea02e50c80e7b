//! Cluster addresses and node ports of Services, as upstream's registry allocates them.
//!
//! A reservation is an object of its own, absent before and there behind the commit that takes it: two
//! servers cannot give the same address to two Services. For an address it is upstream's `IPAddress`,
//! for a port a key that no row serves. Further ranges come from `ServiceCIDR` objects.

use std::collections::{BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use kontiki_api::kind::{FieldError, FieldErrorType};
use kontiki_api::meta::Key;
use kontiki_api::object::Draft;
use kontiki_api::status::Status;
use kontiki_store::{Change, Op, Precondition, Range, Requirement};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::ip_range::IpRange;
use super::service_families::settle_families;
use super::{Admission, Operation, Plugin};

/// The collection of reserved ports: no row serves it.
const ALLOCATIONS: &str = "allocations.kontiki";
/// The collection of reserved addresses.
const ADDRESSES: &str = "ipaddresses.networking.k8s.io";
/// The collection of ranges.
const RANGES: &str = "servicecidrs.networking.k8s.io";
const NONE: &str = "None";
/// So many reservations that cannot be had are told.
const MOST_FAULTS: usize = 1_000;

/// Gives Services their addresses and node ports.
pub struct ServiceIp {
    range: IpRange,
    ports: RangeInclusive<u16>,
}

impl Default for ServiceIp {
    /// 10.96.0.0/12 and 30000–32767.
    fn default() -> Self {
        Self::new(Ipv4Addr::new(10, 96, 0, 0), 12, 30_000..=32_767)
    }
}

impl ServiceIp {
    /// Allocates from `network`/`prefix` (8 to 28) and `ports`.
    pub fn new(network: Ipv4Addr, prefix: u8, ports: RangeInclusive<u16>) -> Self {
        Self { range: IpRange::new(network, prefix.clamp(8, 28)), ports }
    }

    /// The range that addresses are from, where no other was added: `10.96.0.0/12`.
    pub fn range(&self) -> String {
        self.range.to_string()
    }
}

impl Plugin for ServiceIp {
    fn name(&self) -> &'static str {
        "ServiceIp"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "services")]
    }

    fn allocate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !concerns(admission) || !admission.target.subresource.is_empty() {
            return Ok(());
        }
        settle_families(admission)?;
        self.settle_address(admission)?;
        self.settle_ports(admission)?;
        self.settle_health_check(admission)?;
        let before = admission.old.map(reservations).unwrap_or_default();
        let now = reservations(admission.object);
        self.check(admission, now.difference(&before))?;
        for key in now.difference(&before) {
            take(admission, key);
        }
        for key in before.difference(&now) {
            give_back(admission, key);
        }
        Ok(())
    }

    fn release(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if concerns(admission) {
            for key in admission.old.map(reservations).unwrap_or_default() {
                give_back(admission, &key);
            }
        }
        Ok(())
    }
}

fn concerns(admission: &Admission<'_>) -> bool {
    admission.kind.group.is_empty() && &*admission.kind.plural == "services"
}

fn text<'a>(service: &'a Value, field: &str) -> &'a str {
    service["spec"][field].as_str().unwrap_or_default()
}

fn is_external(service: &Value) -> bool {
    matches!(text(service, "type"), "NodePort" | "LoadBalancer")
}

fn ports(service: &Value) -> &[Value] {
    service["spec"]["ports"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn node_port(port: &Value) -> Option<u16> {
    port["nodePort"].as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0)
}

fn address_key(address: &str) -> Key {
    Key::new(ADDRESSES, "", address)
}

fn port_key(port: u16) -> Key {
    Key::new(ALLOCATIONS, "port", port.to_string())
}

/// What a Service holds.
fn reservations(service: &Value) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    let address = text(service, "clusterIP");
    if !address.is_empty() && address != NONE && text(service, "type") != "ExternalName" {
        keys.insert(address_key(address));
    }
    keys.extend(ports(service).iter().filter_map(node_port).map(port_key));
    keys.extend(node_port(&json!({"nodePort": service["spec"]["healthCheckNodePort"]})).map(port_key));
    keys
}

/// Addresses are objects of the cluster; ports lie in a namespace of their own.
fn is_address(key: &Key) -> bool {
    key.namespace.is_empty()
}

fn take(admission: &mut Admission<'_>, key: &Key) {
    let meta = &admission.object["metadata"];
    let name = meta["name"].as_str().unwrap_or_default();
    let value = if is_address(key) {
        let uid = meta["uid"].as_str().unwrap_or_default();
        ip_address(&key.name, (&admission.target.namespace, name, uid), meta["creationTimestamp"].clone())
    } else {
        json!({"metadata": {"name": &*key.name}, "holder": format!("{}/{name}", admission.target.namespace)})
    };
    let draft = Draft::new(key.clone(), value, &[]);
    admission.preconditions.push(Precondition { key: key.clone(), requirement: Requirement::Absent });
    admission.changes.push(Change { key: key.clone(), op: Op::Put(draft), sealed: false, history: is_address(key) });
}

fn give_back(admission: &mut Admission<'_>, key: &Key) {
    if let Some(found) = admission.store.get(key) {
        let last = is_address(key).then(|| Draft::new(key.clone(), found.to_value(), &[]));
        admission.changes.push(Change { key: key.clone(), op: Op::Delete(last), sealed: false, history: is_address(key) });
    }
}

/// The `IPAddress` of the Service `(namespace, name, uid)`; its own uid follows from both.
pub(crate) fn ip_address(address: &str, service: (&str, &str, &str), created: Value) -> Value {
    let (namespace, name, uid) = service;
    let digest = Sha256::digest(format!("{uid} {address}").as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, from)| *byte = from);
    let family = if address.contains(':') { "IPv6" } else { "IPv4" };
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress",
        "metadata": {
            "name": address, "uid": uuid::Builder::from_random_bytes(bytes).into_uuid().to_string(), "creationTimestamp": created,
            "labels": {"ipaddress.kubernetes.io/ip-family": family, "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"},
        },
        "spec": {"parentRef": {"group": "", "resource": "services", "namespace": namespace, "name": name}},
    })
}

impl ServiceIp {
    /// Writes `clusterIP` and `clusterIPs`, where they are not there yet.
    fn settle_address(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if text(admission.object, "type") == "ExternalName" {
            if let Some(spec) = admission.object["spec"].as_object_mut() {
                for (field, nothing) in [("clusterIP", json!("")), ("clusterIPs", json!([]))] {
                    if spec.get(field) == Some(&nothing) {
                        spec.shift_remove(field);
                    }
                }
            }
            return Ok(());
        }
        if text(admission.object, "clusterIP").is_empty() {
            let found = self.ranges(admission).into_iter().find_map(|range| free_in(range, admission));
            let address = found.ok_or_else(|| Status::internal("all cluster addresses are taken"))?;
            let spec = &mut admission.object["spec"];
            spec["clusterIP"] = address.as_str().into();
            spec["clusterIPs"] = json!([address]);
        }
        Ok(())
    }

    /// The server's own range, and those that were added and are not going.
    fn ranges(&self, admission: &Admission<'_>) -> Vec<IpRange> {
        let added = admission.store.list(&Range::Resource(RANGES.into())).objects;
        let kept = added.iter().filter(|object| object.head.deleted.is_none()).map(|object| object.to_value());
        let texts = kept.flat_map(|value| value["spec"]["cidrs"].as_array().cloned().unwrap_or_default());
        let others = texts.filter_map(|text| IpRange::parse(text.as_str()?)).filter(|range| *range != self.range);
        std::iter::once(self.range).chain(others).collect()
    }

    /// Writes `nodePort` where the type wants one, and drops it where the type no longer does.
    fn settle_ports(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !is_external(admission.object) {
            drop_former_ports(admission);
            return Ok(());
        }
        if admission.object["spec"]["allocateLoadBalancerNodePorts"] == false {
            return Ok(());
        }
        // As upstream: only a new Service's ports are looked at together.
        let shares = admission.operation == Operation::Create;
        let mut chosen: BTreeSet<u16> = ports(admission.object).iter().filter_map(node_port).collect();
        let (first, last) = (u32::from(*self.ports.start()), u32::from(*self.ports.end()));
        let dynamic = first + ((last - first) / 32).clamp(16, 128).min((last - first) / 2);
        let mut by_number = first_of_each_number(ports(admission.object));
        for at in 0..ports(admission.object).len() {
            if node_port(&admission.object["spec"]["ports"][at]).is_some() {
                continue;
            }
            let number = admission.object["spec"]["ports"][at]["port"].as_u64();
            if let Some(port) = number.and_then(|number| by_number.get(&number).copied()).filter(|_| shares) {
                admission.object["spec"]["ports"][at]["nodePort"] = port.into();
                continue;
            }
            let numbers = probe(seed(admission.object) ^ at as u64, dynamic, last).filter_map(|port| u16::try_from(port).ok());
            let free = |port: &u16| !chosen.contains(port) && admission.store.get(&port_key(*port)).is_none();
            let port = { numbers }.find(free).ok_or_else(|| Status::internal("all node ports are taken"))?;
            chosen.insert(port);
            by_number.extend(number.map(|number| (number, port)));
            admission.object["spec"]["ports"][at]["nodePort"] = port.into();
        }
        Ok(())
    }

    /// Writes `healthCheckNodePort` where balancers ask nodes for endpoints.
    fn settle_health_check(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let asked =
            text(admission.object, "type") == "LoadBalancer" && text(admission.object, "externalTrafficPolicy") == "Local";
        let own = admission.object["spec"]["healthCheckNodePort"].as_i64().unwrap_or_default();
        if !asked || own != 0 {
            return Ok(());
        }
        let taken: BTreeSet<u16> = ports(admission.object).iter().filter_map(node_port).collect();
        let (first, last) = (u32::from(*self.ports.start()), u32::from(*self.ports.end()));
        let numbers = probe(seed(admission.object).rotate_left(7), first, last).filter_map(|port| u16::try_from(port).ok());
        let free = |port: &u16| !taken.contains(port) && admission.store.get(&port_key(*port)).is_none();
        let port = { numbers }.find(free).ok_or_else(|| Status::internal("all node ports are taken"))?;
        admission.object["spec"]["healthCheckNodePort"] = port.into();
        Ok(())
    }

    /// Refuses what was asked for by number and cannot be had.
    fn check<'a>(&self, admission: &Admission<'_>, keys: impl Iterator<Item = &'a Key>) -> Result<(), Status> {
        let mut faults = Vec::new();
        for key in keys {
            if faults.len() == MOST_FAULTS {
                break;
            }
            let is_address = is_address(key);
            // What is no address at all is told with the other faults of the Service.
            if is_address && key.name.parse::<std::net::IpAddr>().is_err() {
                continue;
            }
            let in_range = || self.ranges(admission).iter().any(|range| range.holds(&key.name));
            let fits = if is_address { in_range() } else { self.holds_port(&key.name) };
            let taken = admission.store.get(key).is_some();
            faults.extend(match (is_address, fits, taken) {
                (true, false, _) => Some(self.strange_address(&key.name)),
                (true, true, true) => Some(address_fault(&key.name, "provided IP is already allocated")),
                (false, false, _) => {
                    let (first, last) = (self.ports.start(), self.ports.end());
                    let why = format!("provided port is not in the valid range. The range of valid ports is {first}-{last}");
                    Some(port_fault(admission.object, &key.name, &why))
                }
                (false, true, true) => Some(port_fault(admission.object, &key.name, "provided port is already allocated")),
                (_, true, false) => None,
            });
        }
        let name = admission.object["metadata"]["name"].as_str().unwrap_or_default();
        if faults.is_empty() { Ok(()) } else { Err(Status::invalid(admission.kind, name, &faults)) }
    }

    fn holds_port(&self, port: &str) -> bool {
        port.parse().is_ok_and(|port| self.ports.contains(&port))
    }

    fn strange_address(&self, address: &str) -> FieldError {
        let why = format!("the provided IP ({address}) is not in the valid range. The range of valid IPs is {}", self.range);
        address_fault(address, &why)
    }
}

/// An address of `range` that nobody has. As upstream: the first ones are left to those who ask for one by number.
fn free_in(range: IpRange, admission: &Admission<'_>) -> Option<String> {
    let first = range.size().div_euclid(16).clamp(16, 256).min(range.size() / 2);
    let offsets = probe(seed(admission.object), first, range.size() - 1);
    { offsets }.map(|offset| range.address(offset)).find(|address| admission.store.get(&address_key(address)).is_none())
}

fn address_fault(address: &str, why: &str) -> FieldError {
    FieldError {
        r#type: FieldErrorType::Invalid,
        field: "spec.clusterIPs".into(),
        value: json!([address]).to_string(),
        detail: format!("failed to allocate IP {address}: {why}"),
    }
}

fn port_fault(service: &Value, port: &str, why: &str) -> FieldError {
    let number = port.parse().ok();
    let at = ports(service).iter().position(|own| node_port(own).is_some_and(|own| Some(own) == number));
    let field = at.map_or_else(|| "spec.healthCheckNodePort".to_owned(), |at| format!("spec.ports[{at}].nodePort"));
    FieldError { r#type: FieldErrorType::Invalid, field, value: port.into(), detail: why.into() }
}

/// The node port of the first port of each number that has one: others of the number, in other protocols, share it.
fn first_of_each_number(ports: &[Value]) -> HashMap<u64, u16> {
    let mut first = HashMap::new();
    for (number, port) in ports.iter().filter_map(|port| Some((port["port"].as_u64()?, node_port(port)?))) {
        first.entry(number).or_insert(port);
    }
    first
}

/// A type without node ports drops those that the former type had.
fn drop_former_ports(admission: &mut Admission<'_>) {
    let Some(old) = admission.old.filter(|old| is_external(old)) else { return };
    let former: BTreeSet<u16> = ports(old).iter().filter_map(node_port).collect();
    for port in admission.object["spec"]["ports"].as_array_mut().into_iter().flatten() {
        if node_port(port).is_some_and(|number| former.contains(&number))
            && let Some(port) = port.as_object_mut()
        {
            port.shift_remove("nodePort");
        }
    }
}

/// Where the search for something free begins: another place for each Service (FNV-1a of its uid).
fn seed(service: &Value) -> u64 {
    let uid = service["metadata"]["uid"].as_str().unwrap_or_default();
    uid.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// All numbers of `first..last`, beginning in the middle and going round.
fn probe(seed: u64, first: u32, last: u32) -> impl Iterator<Item = u32> {
    let count = last.saturating_sub(first).max(1);
    let begin = u32::try_from(seed % u64::from(count)).unwrap_or_default();
    (0..count).map(move |step| first + (begin + step) % count)
}
