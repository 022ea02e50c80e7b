//! Packets go where the rules say: a node, two pods and a client outside, each in a namespace of its own.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use kontiki_proxy::nft::{NftConfig, NftPort};
use kontiki_proxy::rules::{Backend, Frontend, Of, PortName, Protocol, Ruleset, SetRules};
use kontiki_runtime::effect::EffectPort;

use super::netns::Namespaces;

const POD: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 244, 0, 2), Ipv4Addr::new(10, 244, 0, 3)];
const NODE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const CLUSTER_IP: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 9);
const BALANCER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 5);
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a packet that is dropped is waited for.
const DROPPED: Duration = Duration::from_millis(300);

/// The node with its pods and a client, and the port that loads its rules.
struct Net {
    spaces: Namespaces,
    port: NftPort,
}

impl Net {
    fn new() -> Self {
        let spaces = Namespaces::new(&["node", "pod0", "pod1", "client"]);
        spaces.link("node", "pod0", "10.244.0.1", "10.244.0.2");
        spaces.link("node", "pod1", "10.244.0.1", "10.244.0.3");
        spaces.link("node", "client", "192.0.2.1", "192.0.2.9");
        spaces.route("node", "10.96.0.0/12", "pod0");
        spaces.within("node", || {
            for setting in ["ip_forward", "conf/all/route_localnet"] {
                std::fs::write(format!("/proc/sys/net/ipv4/{setting}"), "1").unwrap();
            }
        });
        for pod in ["pod0", "pod1"] {
            spaces.within(pod, || serve(pod));
        }
        let config =
            NftConfig { table: "kontiki".into(), cluster_pods: "10.244.0.0/16".into(), node_pods: "10.244.0.0/24".into() };
        Self { spaces, port: NftPort::new(config) }
    }

    fn load(&self, ports: Vec<(PortName, SetRules)>) {
        let rules = Ruleset { ports: ports.into_iter().collect() };
        self.spaces.within("node", || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(self.port.perform(rules)).unwrap();
        });
    }

    /// What `who` reads from a TCP connection to there: the pod's name and the address it saw.
    fn read(&self, who: &str, ip: Ipv4Addr, port: u16, limit: Duration) -> Option<String> {
        self.spaces.within(who, || {
            let mut stream = TcpStream::connect_timeout(&SocketAddr::from((ip, port)), limit).ok()?;
            let mut text = String::new();
            stream.read_to_string(&mut text).ok()?;
            Some(text)
        })
    }
}

/// Port 80 over TCP tells the pod's name and its caller; port 53 over UDP tells the pod's name.
fn serve(pod: &'static str) {
    let listener = TcpListener::bind("0.0.0.0:80").unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let peer = stream.peer_addr().map(|peer| peer.ip().to_string()).unwrap_or_default();
            let _ = stream.write_all(format!("{pod} {peer}").as_bytes());
        }
    });
    let socket = UdpSocket::bind("0.0.0.0:53").unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 16];
        while let Ok((_, peer)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(pod.as_bytes(), peer);
        }
    });
}

fn name(of: Of, protocol: Protocol) -> PortName {
    PortName { of, namespace: "shop".into(), service: "web".into(), port: "p".into(), protocol }
}

fn to(pods: &[usize], port: u16) -> Vec<Backend> {
    pods.iter().map(|at| Backend { address: POD[*at], port }).collect()
}

#[test]
fn host_ports_lead_to_the_pod_from_outside_and_from_loopback() {
    let net = Net::new();
    let rules =
        SetRules { frontends: vec![Frontend::HostPort(Protocol::Tcp, 8080)], backends: to(&[0], 80), ..SetRules::default() };
    net.load(vec![(name(Of::Pod, Protocol::Tcp), rules)]);
    assert_eq!(net.read("client", NODE, 8080, PATIENCE).as_deref(), Some("pod0 192.0.2.9"));
    assert!(net.read("node", Ipv4Addr::LOCALHOST, 8080, PATIENCE).unwrap().starts_with("pod0 "));
    assert!(net.read("pod0", NODE, 8080, PATIENCE).unwrap().starts_with("pod0 "), "a pod reaches itself");
}

#[test]
fn local_policies_keep_to_the_node_and_balancers_to_their_clients() {
    let net = Net::new();
    let rules = |local: &[usize], ranges: &str| SetRules {
        frontends: vec![Frontend::Address(Protocol::Tcp, CLUSTER_IP, 80)],
        external: vec![Frontend::NodePort(Protocol::Tcp, 30080)],
        balanced: vec![Frontend::Address(Protocol::Tcp, BALANCER, 80)],
        source_ranges: vec![ranges.into()],
        backends: to(&[0, 1], 80),
        local: to(local, 80),
        external_local: true,
        ..SetRules::default()
    };
    net.load(vec![(name(Of::Service, Protocol::Tcp), rules(&[0], "192.0.2.0/24"))]);
    for _ in 0..8 {
        assert_eq!(net.read("client", NODE, 30080, PATIENCE).as_deref(), Some("pod0 192.0.2.9"));
    }
    assert_eq!(net.read("client", BALANCER, 80, PATIENCE).as_deref(), Some("pod0 192.0.2.9"));
    net.load(vec![(name(Of::Service, Protocol::Tcp), rules(&[], "198.51.100.0/24"))]);
    assert_eq!(net.read("client", NODE, 30080, DROPPED), None, "no endpoint here: dropped");
    assert_eq!(net.read("client", BALANCER, 80, DROPPED), None, "not one of its clients");
    assert!(net.read("node", NODE, 30080, PATIENCE).is_some(), "the node itself may go anywhere");
    assert!(net.read("pod0", CLUSTER_IP, 80, PATIENCE).is_some(), "and so may pods");
    let internal = SetRules { internal_local: true, ..rules(&[1], "192.0.2.0/24") };
    net.load(vec![(name(Of::Service, Protocol::Tcp), internal)]);
    for _ in 0..8 {
        assert!(net.read("node", CLUSTER_IP, 80, PATIENCE).unwrap().starts_with("pod1 "));
    }
}

#[test]
fn a_datagram_flow_moves_on_when_its_endpoint_is_gone() {
    let net = Net::new();
    let rules = |pods: &[usize]| {
        let frontends = vec![Frontend::Address(Protocol::Udp, CLUSTER_IP, 53)];
        vec![(name(Of::Service, Protocol::Udp), SetRules { frontends, backends: to(pods, 53), ..SetRules::default() })]
    };
    net.load(rules(&[0]));
    let socket = net.spaces.within("client", || UdpSocket::bind("0.0.0.0:40000").unwrap());
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let ask = || {
        socket.send_to(b"who", (CLUSTER_IP, 53)).unwrap();
        let mut buffer = [0; 16];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    assert_eq!(ask(), "pod0");
    net.load(rules(&[1]));
    assert_eq!(ask(), "pod1", "the same socket, so the same flow");
}
