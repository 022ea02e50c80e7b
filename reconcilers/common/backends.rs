//! The pods behind a Service.

use kontiki_api::Text;
use kontiki_api::int_or_string::IntOrString;
use kontiki_api::meta::NsName;
use kontiki_api::view::{EndpointPort, Pod, Service, ServicePort, TargetRef};
use kontiki_runtime::world::{Seen, World};

/// The pods that a Service selects and that have an address and may still run, in name order.
pub(crate) fn backends<'a>(world: &'a World, service: &'a Seen<Service>) -> impl Iterator<Item = &'a Seen<Pod>> {
    let pods = world.in_namespace::<Pod>(service.namespace());
    pods.filter(|pod| selects(service, pod) && !pod.status.pod_ip.is_empty() && !pod.is_finished())
}

/// The Services of a pod's namespace that select it.
pub(crate) fn services_of(world: &World, pod: &Seen<Pod>) -> Vec<NsName> {
    let services = world.in_namespace::<Service>(pod.namespace());
    services.filter(|service| selects(service, pod)).map(Seen::ns_name).collect()
}

fn selects(service: &Service, pod: &Seen<Pod>) -> bool {
    service.spec.selector.as_ref().is_some_and(|selector| selector.matches_head(pod.head()))
}

/// Whether endpoints of `service` are ours to write: it selects pods and is not another name for something.
pub(crate) fn is_managed(service: &Service) -> bool {
    service.spec.selector.is_some() && &*service.spec.r#type != "ExternalName"
}

/// The ports of `service` as `pod` has them; a port that the pod does not name is left out.
pub(crate) fn ports(service: &Service, pod: &Pod) -> Vec<EndpointPort> {
    service.spec.ports.iter().filter_map(|port| resolve(port, pod)).collect()
}

fn resolve(port: &ServicePort, pod: &Pod) -> Option<EndpointPort> {
    let protocol: Text = if port.protocol.is_empty() { "TCP".into() } else { port.protocol.clone() };
    let number = match &port.target_port {
        None => port.port,
        Some(IntOrString::Int(0)) => port.port,
        Some(IntOrString::Int(number)) => u16::try_from(*number).ok()?,
        Some(IntOrString::Text(name)) => named(pod, name, &protocol)?,
    };
    Some(EndpointPort {
        name: Some(port.name.clone()),
        port: Some(number),
        protocol: Some(protocol),
        app_protocol: port.app_protocol.clone(),
    })
}

fn named(pod: &Pod, name: &str, protocol: &str) -> Option<u16> {
    let ports = pod.spec.containers.iter().flat_map(|container| &container.ports);
    let mut fitting = ports.filter(|port| &*port.name == name && (&*port.protocol == protocol || port.protocol.is_empty()));
    fitting.next().map(|port| port.container_port)
}

/// The pod as the object behind an address.
pub(crate) fn target(pod: &Seen<Pod>) -> TargetRef {
    TargetRef {
        kind: "Pod".into(),
        namespace: Some(pod.namespace().clone()),
        name: pod.name().clone(),
        uid: Some(pod.head().uid.clone()),
    }
}

/// The pod's own name in DNS, where it asks for one below this Service.
pub(crate) fn hostname(service: &Seen<Service>, pod: &Pod) -> Option<Text> {
    let asked = !pod.spec.hostname.is_empty() && pod.spec.subdomain == *service.name();
    asked.then(|| pod.spec.hostname.clone())
}
