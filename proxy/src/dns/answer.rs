//! What a name and type of record are answered with.

use std::net::Ipv4Addr;

use super::zone::{Service, Target, Zone};

/// The data of one record; its name is the question's unless it says so itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// An address.
    A(Ipv4Addr),
    /// Where a service's port is: (port, name of the target).
    Srv(u16, String),
    /// The name of an address.
    Ptr(String),
    /// Another name to ask for.
    Cname(String),
    /// Text.
    Txt(String),
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These records (none: the name exists, but not with this type), and addresses of names in them.
    Records(Vec<Data>, Vec<(String, Ipv4Addr)>),
    /// The name does not exist.
    NoName,
    /// Not ours to answer.
    Elsewhere,
}

impl Answer {
    fn one(data: Data) -> Self {
        Self::Records(vec![data], Vec::new())
    }

    /// Keeps only records of `wanted`, or all of them for `ANY`. A CNAME answers every type.
    fn only(self, wanted: &str) -> Self {
        let Self::Records(mut records, additional) = self else { return self };
        records.retain(|data| {
            matches!(data, Data::Cname(_))
                || match data {
                    Data::A(_) => matches!(wanted, "A" | "ANY"),
                    Data::Srv(..) => matches!(wanted, "SRV" | "ANY"),
                    Data::Ptr(_) => matches!(wanted, "PTR" | "ANY"),
                    Data::Txt(_) => matches!(wanted, "TXT" | "ANY"),
                    Data::Cname(_) => true,
                }
        });
        Self::Records(records, additional)
    }
}

/// Answers `name` (lower case, no final dot) for records of type `wanted` (`A`, `SRV`, …) below `domain`.
pub fn answer(zone: &Zone, domain: &str, name: &str, wanted: &str) -> Answer {
    if let Some(reversed) = name.strip_suffix(".in-addr.arpa") {
        return reverse(zone, domain, reversed);
    }
    if name == domain {
        return Answer::Records(Vec::new(), Vec::new());
    }
    let Some(below) = name.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.')) else { return Answer::Elsewhere };
    let labels: Vec<&str> = below.rsplit('.').collect();
    let found = match labels.as_slice() {
        ["dns-version"] => Answer::one(Data::Txt("1.1.0".into())),
        ["svc" | "pod"] => Answer::Records(Vec::new(), Vec::new()),
        ["svc", namespace] => exists(zone.namespaces.contains_key(*namespace)),
        ["svc", namespace, service, rest @ ..] => match zone.namespaces.get(*namespace).and_then(|names| names.get(*service)) {
            Some(known) => in_service(known, rest, &format!("{service}.{namespace}.svc.{domain}")),
            None => Answer::NoName,
        },
        ["pod", _namespace, address] => match address.replace('-', ".").parse() {
            Ok(address) => Answer::one(Data::A(address)),
            Err(_) => Answer::NoName,
        },
        _ => Answer::NoName,
    };
    found.only(wanted)
}

fn exists(it_does: bool) -> Answer {
    if it_does { Answer::Records(Vec::new(), Vec::new()) } else { Answer::NoName }
}

/// `rest`: the labels in front of the service's name, nearest first.
fn in_service(service: &Service, rest: &[&str], full: &str) -> Answer {
    match (service, rest) {
        (Service::Alias { name }, []) => Answer::one(Data::Cname(name.clone())),
        (Service::Virtual { address, .. }, []) => Answer::one(Data::A(*address)),
        (Service::Virtual { address, ports }, [protocol, port]) => {
            let matching = ports.iter().filter(|known| fits(known, port, protocol));
            let records: Vec<Data> = matching.map(|(_, _, number)| Data::Srv(*number, full.to_string())).collect();
            if records.is_empty() { Answer::NoName } else { Answer::Records(records, vec![(full.to_string(), *address)]) }
        }
        (Service::Headless { targets }, []) => {
            Answer::Records(targets.iter().map(|target| Data::A(target.address)).collect(), Vec::new())
        }
        (Service::Headless { targets }, [host]) => {
            let of_host: Vec<Data> =
                targets.iter().filter(|target| target.host == *host).map(|target| Data::A(target.address)).collect();
            if of_host.is_empty() { Answer::NoName } else { Answer::Records(of_host, Vec::new()) }
        }
        (Service::Headless { targets }, [protocol, port]) => headless_ports(targets, port, protocol, full),
        _ => Answer::NoName,
    }
}

fn headless_ports(targets: &[Target], port: &str, protocol: &str, full: &str) -> Answer {
    let (mut records, mut additional) = (Vec::new(), Vec::new());
    for target in targets {
        for (_, _, number) in target.ports.iter().filter(|known| fits(known, port, protocol)) {
            let host = format!("{}.{full}", target.host);
            records.push(Data::Srv(*number, host.clone()));
            additional.push((host, target.address));
        }
    }
    if records.is_empty() { Answer::NoName } else { Answer::Records(records, additional) }
}

/// Whether a port answers to `_port._protocol`.
fn fits((name, protocol, _): &(String, String, u16), asked_port: &str, asked_protocol: &str) -> bool {
    asked_port.strip_prefix('_') == Some(name) && asked_protocol.strip_prefix('_') == Some(protocol)
}

fn reverse(zone: &Zone, domain: &str, reversed: &str) -> Answer {
    let octets: Vec<&str> = reversed.rsplit('.').collect();
    let Ok(address) = octets.join(".").parse::<Ipv4Addr>() else { return Answer::NoName };
    for (namespace, services) in &zone.namespaces {
        for (name, service) in services {
            let full = format!("{name}.{namespace}.svc.{domain}");
            match service {
                Service::Virtual { address: own, .. } if *own == address => return Answer::one(Data::Ptr(full)),
                Service::Headless { targets } => {
                    if let Some(target) = targets.iter().find(|target| target.address == address) {
                        return Answer::one(Data::Ptr(format!("{}.{full}", target.host)));
                    }
                }
                _ => {}
            }
        }
    }
    Answer::Elsewhere
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn zone() -> Zone {
        let port = |name: &str| vec![(name.to_string(), "tcp".to_string(), 80)];
        let target =
            |last, host: &str| Target { address: Ipv4Addr::new(10, 244, 0, last), host: host.into(), ports: port("http") };
        let services = BTreeMap::from([
            ("web".into(), Service::Virtual { address: Ipv4Addr::new(10, 96, 0, 9), ports: port("http") }),
            ("db".into(), Service::Headless { targets: vec![target(2, "db-0"), target(3, "10-244-0-3")] }),
            ("out".into(), Service::Alias { name: "example.com".into() }),
        ]);
        Zone { namespaces: BTreeMap::from([("shop".into(), services)]) }
    }

    fn ask(name: &str, wanted: &str) -> Answer {
        answer(&zone(), "cluster.local", name, wanted)
    }

    #[test]
    fn a_service_has_its_address_and_its_ports() {
        let full = "web.shop.svc.cluster.local";
        assert_eq!(ask(full, "A"), Answer::one(Data::A(Ipv4Addr::new(10, 96, 0, 9))));
        assert_eq!(ask(full, "AAAA"), Answer::Records(vec![], vec![]), "the name exists, without such an address");
        let expected = Answer::Records(vec![Data::Srv(80, full.into())], vec![(full.into(), Ipv4Addr::new(10, 96, 0, 9))]);
        assert_eq!(ask("_http._tcp.web.shop.svc.cluster.local", "SRV"), expected);
        assert_eq!(ask("_http._udp.web.shop.svc.cluster.local", "SRV"), Answer::NoName);
        assert_eq!(ask("9.0.96.10.in-addr.arpa", "PTR"), Answer::one(Data::Ptr(full.into())));
    }

    #[test]
    fn a_headless_service_names_every_endpoint() {
        let Answer::Records(records, _) = ask("db.shop.svc.cluster.local", "A") else { panic!("no records") };
        assert_eq!(records.len(), 2);
        assert_eq!(ask("db-0.db.shop.svc.cluster.local", "A"), Answer::one(Data::A(Ipv4Addr::new(10, 244, 0, 2))));
        let Answer::Records(records, additional) = ask("_http._tcp.db.shop.svc.cluster.local", "SRV") else {
            panic!("no records")
        };
        assert_eq!((records.len(), additional.len()), (2, 2));
        assert_eq!(ask("2.0.244.10.in-addr.arpa", "PTR"), Answer::one(Data::Ptr("db-0.db.shop.svc.cluster.local".into())));
    }

    #[test]
    fn other_names_are_unknown_aliased_or_elsewhere() {
        assert_eq!(ask("out.shop.svc.cluster.local", "A"), Answer::one(Data::Cname("example.com".into())));
        assert_eq!(ask("gone.shop.svc.cluster.local", "A"), Answer::NoName);
        assert_eq!(ask("web.shop.svc.cluster.local.shop.svc.cluster.local", "A"), Answer::NoName);
        assert_eq!(ask("example.com", "A"), Answer::Elsewhere);
        assert_eq!(ask("10-244-0-7.shop.pod.cluster.local", "A"), Answer::one(Data::A(Ipv4Addr::new(10, 244, 0, 7))));
    }
}
