//! Text for `nft -f -`.

use std::fmt::Write;

use super::{Listing, NftConfig};

/// The whole table, replacing whatever an earlier process of ours left, in one transaction.
pub fn full(config: &NftConfig, next: &Listing) -> String {
    let table = &config.table;
    let mut out = format!("add table ip {table}\ndelete table ip {table}\n");
    let _ = write!(out, "{}", skeleton(config));
    out.push_str(&change(config, &Listing::default(), next));
    out
}

/// Only what differs between two listings, in one transaction; empty where nothing does.
pub fn change(config: &NftConfig, old: &Listing, next: &Listing) -> String {
    let table = &config.table;
    let mut out = String::new();
    for (name, declaration) in next.sets.iter().filter(|(name, text)| old.sets.get(*name) != Some(text)) {
        let _ = writeln!(out, "add set ip {table} {name} {{ {declaration} }}");
    }
    for name in next.chains.keys().filter(|name| !old.chains.contains_key(*name)) {
        let _ = writeln!(out, "add chain ip {table} {name}");
    }
    elements(&mut out, table, "delete", old, next);
    for (name, rules) in next.chains.iter().filter(|(name, rules)| old.chains.get(*name) != Some(rules)) {
        if old.chains.contains_key(name) {
            let _ = writeln!(out, "flush chain ip {table} {name}");
        }
        for rule in rules {
            let _ = writeln!(out, "add rule ip {table} {name} {rule}");
        }
    }
    elements(&mut out, table, "add", next, old);
    let gone: Vec<&String> = old.chains.keys().filter(|name| !next.chains.contains_key(*name)).collect();
    for verb in ["flush", "delete"] {
        for name in &gone {
            let _ = writeln!(out, "{verb} chain ip {table} {name}");
        }
    }
    for name in old.sets.keys().filter(|name| !next.sets.contains_key(*name)) {
        let _ = writeln!(out, "delete set ip {table} {name}");
    }
    out
}

/// One statement per container for the elements of `from` that `other` does not have just so.
fn elements(out: &mut String, table: &str, verb: &str, from: &Listing, other: &Listing) {
    for container in Listing::containers() {
        let keys = from.elements.iter().filter(|((of, _), _)| *of == container);
        let differing: Vec<String> = keys
            .filter(|(at, verdict)| other.elements.get(*at) != Some(verdict))
            .map(|((_, key), verdict)| match verdict {
                Some(verdict) => format!("{key} : {verdict}"),
                None => key.clone(),
            })
            .collect();
        if !differing.is_empty() {
            let _ = writeln!(out, "{verb} element ip {table} {container} {{ {} }}", differing.join(", "));
        }
    }
}

/// What never changes while the process runs: hooks, containers, masquerading.
fn skeleton(config: &NftConfig) -> String {
    let NftConfig { table, cluster_pods, node_pods, .. } = config;
    format!(
        r#"table ip {table} {{
  map services {{ type inet_proto . ipv4_addr . inet_service : verdict; }}
  map node_ports {{ type inet_proto . inet_service : verdict; }}
  map host_ports {{ type inet_proto . inet_service : verdict; }}
  set cluster {{ type ipv4_addr; flags interval; elements = {{ {cluster_pods} }} }}
  set refused {{ type inet_proto . ipv4_addr . inet_service; }}
  set refused_ports {{ type inet_proto . inet_service; }}
  set hairpin {{ type ipv4_addr . ipv4_addr; }}
  chain dispatch {{
    meta l4proto . ip daddr . th dport vmap @services
    fib daddr type local meta l4proto . th dport vmap @host_ports
    fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @node_ports
  }}
  chain refuse {{
    meta l4proto tcp reject with tcp reset
    reject with icmp type port-unreachable
  }}
  chain prerouting {{ type nat hook prerouting priority dstnat; policy accept; jump dispatch; }}
  chain output {{ type nat hook output priority -100; policy accept; jump dispatch; }}
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr . ip daddr @hairpin masquerade
    ct status dnat ip saddr 127.0.0.0/8 oifname != "lo" masquerade
    ct status dnat ip saddr != {cluster_pods} ip daddr {cluster_pods} ip daddr != {node_pods} masquerade
  }}
  chain forward {{
    type filter hook forward priority filter; policy accept;
    meta l4proto . ip daddr . th dport @refused jump refuse
  }}
  chain output_filter {{
    type filter hook output priority filter; policy accept;
    meta l4proto . ip daddr . th dport @refused jump refuse
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
    meta l4proto . ip daddr . th dport @refused jump refuse
    fib daddr type local meta l4proto . th dport @refused_ports jump refuse
  }}
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::Ipv4Addr;

    use super::*;
    use crate::rules::{Backend, Frontend, Of, PortName, Protocol, Ruleset, SetRules};

    fn config() -> NftConfig {
        NftConfig { table: "t".into(), cluster_pods: "10.244.0.0/16".into(), node_pods: "10.244.0.0/24".into() }
    }

    fn rules(backends: &[u8], affinity_seconds: Option<u32>) -> Listing {
        let name = PortName {
            of: Of::Service,
            namespace: "ns".into(),
            service: "web".into(),
            port: "http".into(),
            protocol: Protocol::Tcp,
        };
        let backends = backends.iter().map(|last| Backend { address: Ipv4Addr::new(10, 244, 0, *last), port: 80 }).collect();
        let frontends = vec![Frontend::Address(Protocol::Tcp, Ipv4Addr::new(10, 96, 0, 9), 8080)];
        let external = vec![Frontend::NodePort(Protocol::Tcp, 30080)];
        let rules = SetRules { frontends, external, backends, affinity_seconds, ..SetRules::default() };
        Listing::new(&Ruleset { ports: BTreeMap::from([(name, rules)]) })
    }

    #[test]
    fn a_new_endpoint_changes_one_chain_and_one_set() {
        let text = change(&config(), &rules(&[2], None), &rules(&[2, 3], None));
        assert_eq!(
            text,
            "flush chain ip t svc/ns/web/tcp/http\n\
             add rule ip t svc/ns/web/tcp/http meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.0.2 . 80, 1 : 10.244.0.3 . 80 }\n\
             add element ip t hairpin { 10.244.0.3 . 10.244.0.3 }\n"
        );
    }

    #[test]
    fn the_last_endpoint_gone_makes_the_service_refuse() {
        let text = change(&config(), &rules(&[2], None), &rules(&[], None));
        assert!(text.contains("add element ip t refused { tcp . 10.96.0.9 . 8080 }"), "{text}");
        assert!(text.contains("delete element ip t node_ports { tcp . 30080 : goto svc/ns/web/tcp/http }"), "{text}");
        assert!(text.ends_with("delete chain ip t svc/ns/web/tcp/http\n"), "{text}");
    }

    #[test]
    fn equal_listings_need_no_text() {
        assert_eq!(change(&config(), &rules(&[2, 3], Some(5)), &rules(&[2, 3], Some(5))), "");
    }

    #[test]
    fn affinity_remembers_per_endpoint() {
        let text = change(&config(), &Listing::default(), &rules(&[2], Some(60)));
        assert!(text.contains("update @aff/ns/web/tcp/http/10.244.0.2.80 { ip saddr timeout 60s }"), "{text}");
    }
}
