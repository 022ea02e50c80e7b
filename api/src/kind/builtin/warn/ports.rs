//! Ports of containers beside others of their number and protocol.

use std::collections::HashMap;

use serde_json::Value;

use super::text;

/// As many warnings as are told at most, for each has a letter: ports that all meet are no reason to find them all.
const MOST: usize = 4_096;

/// Number and protocol; then the port of the host and its address, where only some of those with the same are meant.
type Place<'a> = (i64, &'a str, Option<(i64, Option<&'a str>)>);

/// The ports of the containers of a pod, as far as they were looked at.
#[derive(Default)]
pub(super) struct Ports<'a> {
    all: Vec<(String, &'a Value)>,
    at: HashMap<Place<'a>, Vec<usize>>,
}

impl<'a> Ports<'a> {
    /// Tells what is odd about `port`, which is at `place`, beside those before.
    pub fn add(&mut self, place: String, port: &'a Value, found: &mut Vec<String>) {
        let (number, protocol) = (integer(port, "containerPort"), text(port, "protocol"));
        let (host_port, address) = (integer(port, "hostPort"), text(port, "hostIP"));
        if !address.is_empty() && host_port == 0 {
            let name = text(port, "name");
            found.push(format!(
                "{place}: hostIP set without hostPort: \
                 {{Name:{name} HostPort:0 ContainerPort:{number} Protocol:{protocol} HostIP:{address}}}"
            ));
        }
        if found.len() < MOST {
            for (with, other) in self.meeting(port).into_iter().filter_map(|at| self.all.get(at)) {
                found.extend(clash(port, other).map(|what| format!("{place}: {what} port definition with {with}")));
            }
        }
        let at = self.all.len();
        for of_host in [None, Some((host_port, None)), Some((host_port, Some(address)))] {
            self.at.entry((number, protocol, of_host)).or_default().push(at);
        }
        self.all.push((place, port));
    }

    /// Those before that `port` clashes with, in their order.
    fn meeting(&self, port: &Value) -> Vec<usize> {
        let (number, protocol) = (integer(port, "containerPort"), text(port, "protocol"));
        let (host_port, address) = (integer(port, "hostPort"), text(port, "hostIP"));
        let of = |of_host| self.at.get(&(number, protocol, of_host)).into_iter().flatten().copied();
        if host_port == 0 {
            return of(None).collect();
        }
        let without = of(Some((0, None)));
        let mut all: Vec<usize> = if address.is_empty() {
            without.chain(of(Some((host_port, None)))).collect()
        } else {
            without.chain(of(Some((host_port, Some(""))))).chain(of(Some((host_port, Some(address))))).collect()
        };
        all.sort_unstable();
        all
    }
}

/// How two ports of one number and protocol stand to one another.
fn clash(port: &Value, other: &Value) -> Option<&'static str> {
    let (address, host_port) = (text(port, "hostIP"), integer(port, "hostPort"));
    let (their_address, their_port) = (text(other, "hostIP"), integer(other, "hostPort"));
    if address == their_address && host_port == their_port {
        Some("duplicate")
    } else if host_port == 0 || their_port == 0 {
        Some("overlapping")
    } else if host_port == their_port && address.is_empty() != their_address.is_empty() {
        Some("dangerously ambiguous")
    } else {
        None
    }
}

fn integer(port: &Value, field: &str) -> i64 {
    port.get(field).and_then(Value::as_i64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Every pair, as a reader of the rules would look at them.
    fn by_pairs(ports: &[Value]) -> Vec<String> {
        let same = |a: &Value, b: &Value| a["containerPort"] == b["containerPort"] && a["protocol"] == b["protocol"];
        let mut found = Vec::new();
        for (at, port) in ports.iter().enumerate() {
            for (before, other) in ports.iter().enumerate().take(at).filter(|(_, other)| same(port, other)) {
                found.extend(clash(port, other).map(|what| format!("{at}: {what} port definition with {before}")));
            }
        }
        found
    }

    fn told(all: &[Value]) -> Vec<String> {
        let (mut ports, mut found) = (Ports::default(), Vec::new());
        for (at, port) in all.iter().enumerate() {
            ports.add(at.to_string(), port, &mut found);
        }
        found
    }

    #[test]
    fn ports_that_meet_are_found_as_if_each_were_held_against_each() {
        let mut all = Vec::new();
        for at in 0..108 {
            let mut port = json!({"containerPort": at % 2, "protocol": if at % 5 == 0 { "UDP" } else { "TCP" }});
            match at % 3 {
                0 => {}
                left => port["hostPort"] = left.into(),
            }
            match at % 4 {
                0 | 1 if at % 3 != 0 => port["hostIP"] = format!("10.0.0.{}", at % 4).into(),
                _ => {}
            }
            all.push(port);
        }
        let wanted = by_pairs(&all);
        assert!(["duplicate", "overlapping", "dangerously"].iter().all(|word| wanted.iter().any(|told| told.contains(word))));
        assert_eq!(told(&all), wanted);
    }

    #[test]
    fn ports_that_all_meet_are_not_all_told() {
        let all = vec![json!({"containerPort": 1, "protocol": "TCP"}); 20_000];
        assert!((MOST..2 * MOST).contains(&told(&all).len()));
    }
}
