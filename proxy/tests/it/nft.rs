//! The kernel takes what we render, in full and change by change.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use kontiki_proxy::nft::{Listing, NftConfig, change, full};
use kontiki_proxy::rules::{Backend, Frontend, Of, PortName, Protocol, Ruleset, SetRules};

fn config() -> NftConfig {
    NftConfig { table: "kontiki".into(), cluster_pods: "10.244.0.0/16".into(), node_pods: "10.244.0.0/24".into() }
}

fn port(protocol: Protocol, backends: &[u8], affinity_seconds: Option<u32>) -> (PortName, SetRules) {
    let name = PortName { of: Of::Service, namespace: "my-ns".into(), service: "web-1".into(), port: "http".into(), protocol };
    let backends = backends.iter().map(|last| Backend { address: Ipv4Addr::new(10, 244, 0, *last), port: 8080 }).collect();
    let frontends = vec![Frontend::Address(protocol, Ipv4Addr::new(10, 96, 0, 9), 80)];
    let external = vec![Frontend::NodePort(protocol, 30080)];
    (name, SetRules { frontends, external, backends, affinity_seconds, ..SetRules::default() })
}

fn listing(ports: Vec<(PortName, SetRules)>) -> Listing {
    Listing::new(&Ruleset { ports: ports.into_iter().collect::<BTreeMap<_, _>>() })
}

/// Loads the transactions one after the other in a fresh network namespace.
fn load(transactions: &[String]) -> String {
    let script: String = transactions
        .iter()
        .map(|text| format!("nft -f - <<'END' || exit 1\n{text}END\n"))
        .chain(["nft list table ip kontiki\n".to_string()])
        .collect();
    let mut child = Command::new("unshare")
        .args(["-n", "sh", "-s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("unshare (package util-linux) starts");
    child.stdin.take().expect("piped").write_all(script.as_bytes()).expect("the shell reads");
    let output = child.wait_with_output().expect("the shell ends");
    assert!(output.status.success(), "{}\n{script}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_kernel_takes_every_step_of_a_service_s_life() {
    let stages = [
        listing(vec![port(Protocol::Tcp, &[], None)]),
        listing(vec![port(Protocol::Tcp, &[2], None), port(Protocol::Udp, &[2, 3], None)]),
        listing(vec![port(Protocol::Tcp, &[2, 3, 4], None), port(Protocol::Udp, &[], None)]),
        listing(vec![port(Protocol::Tcp, &[2, 4], Some(60))]),
        listing(vec![port(Protocol::Tcp, &[4], Some(90))]),
        listing(vec![]),
    ];
    let mut transactions = vec![full(&config(), &stages[0])];
    transactions.extend(stages.windows(2).map(|pair| change(&config(), &pair[0], &pair[1])));
    let end = load(&transactions);
    assert_eq!(end, load(&[full(&config(), &Listing::default())]), "small steps end where one load ends");
}

#[test]
fn a_second_start_replaces_what_the_first_left() {
    let first = full(&config(), &listing(vec![port(Protocol::Tcp, &[2, 3], Some(60))]));
    let second = full(&config(), &listing(vec![port(Protocol::Tcp, &[4], None)]));
    assert_eq!(load(&[first, second.clone()]), load(&[second]));
}
