//! DNS as a resolver meets it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use kontiki_proxy::dns::{DnsConfig, DnsServer, Service, Zone, ZonePort};
use kontiki_runtime::effect::EffectPort;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// A question for an A record, as RFC 1035 writes it.
fn question(name: &str) -> Vec<u8> {
    let mut out = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        out.push(u8::try_from(label.len()).unwrap());
        out.extend_from_slice(label.as_bytes());
    }
    out.extend_from_slice(&[0, 0, 1, 0, 1]);
    out
}

async fn ask(server: SocketAddr, name: &str) -> Vec<u8> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&question(name), server).await.unwrap();
    let mut buffer = vec![0; 512];
    let length = socket.recv(&mut buffer).await.unwrap();
    buffer.truncate(length);
    buffer
}

fn config(listen: SocketAddr, forward: Vec<SocketAddr>) -> DnsConfig {
    DnsConfig { listen: vec![listen], domain: "cluster.local".into(), forward }
}

fn code(answer: &[u8]) -> u8 {
    answer[3] & 0x0f
}

/// The shop's services.
fn shop(services: Vec<(&str, Service)>) -> Zone {
    let services = services.into_iter().map(|(name, service)| (name.into(), service)).collect();
    Zone { namespaces: BTreeMap::from([("shop".into(), services)]) }
}

/// A loopback port that is free for both UDP and TCP at this moment.
fn free_port() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_service_is_found_over_udp_and_tcp_and_follows_the_zone() {
    let port = ZonePort::default();
    let listen = free_port();
    let server = DnsServer::start(config(listen, vec![]), port.clone()).await.unwrap();
    let name = "web.shop.svc.cluster.local";
    assert_eq!(code(&ask(listen, name).await), 3, "NXDOMAIN before the service is there");
    let web = Service::Virtual { address: Ipv4Addr::new(10, 96, 0, 9), ports: vec![] };
    port.perform(shop(vec![("web", web)])).await.unwrap();
    let answer = ask(listen, "WEB.shop.svc.cluster.local").await;
    assert_eq!((code(&answer), &answer[answer.len() - 4..]), (0, &[10, 96, 0, 9][..]));

    let mut stream = TcpStream::connect(listen).await.unwrap();
    let query = question(name);
    stream.write_u16(u16::try_from(query.len()).unwrap()).await.unwrap();
    stream.write_all(&query).await.unwrap();
    let length = stream.read_u16().await.unwrap();
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer[answer.len() - 4..], &[10, 96, 0, 9]);
    assert_eq!(code(&ask(listen, "example.com").await), 5, "REFUSED for what is not ours");
    drop(stream);
    server.stop().await;
}

/// A server whose cluster domain is another one's outside.
async fn outside() -> (SocketAddr, DnsServer) {
    let (listen, port) = (free_port(), ZonePort::default());
    let out = Service::Virtual { address: Ipv4Addr::new(192, 0, 2, 7), ports: vec![] };
    port.perform(shop(vec![("out", out)])).await.unwrap();
    let config = DnsConfig { domain: "example.com".into(), ..config(listen, vec![]) };
    (listen, DnsServer::start(config, port).await.unwrap())
}

#[tokio::test]
async fn names_outside_are_asked_of_the_servers_that_are_named() {
    let (upstream, other) = outside().await;
    let (listen, port) = (free_port(), ZonePort::default());
    let alias = Service::Alias { name: "out.shop.svc.example.com".into() };
    let dangling = Service::Alias { name: "gone.shop.svc.example.com".into() };
    port.perform(shop(vec![("alias", alias), ("dangling", dangling)])).await.unwrap();
    let server = DnsServer::start(config(listen, vec![upstream]), port).await.unwrap();
    let answer = ask(listen, "out.shop.svc.example.com").await;
    assert_eq!((code(&answer), &answer[answer.len() - 4..]), (0, &[192, 0, 2, 7][..]));
    assert_eq!(answer[2] & 0x04, 0, "another's answer is not authoritative");
    assert_eq!(code(&ask(listen, "gone.shop.svc.example.com").await), 3, "nor does what they do not know exist");
    assert_eq!(code(&ask(listen, "gone.shop.svc.cluster.local").await), 3, "the cluster's own names stay its own");
    let answer = ask(listen, "alias.shop.svc.cluster.local").await;
    assert_eq!((code(&answer), answer[7]), (0, 2), "the alias and its address");
    assert_eq!(&answer[answer.len() - 4..], &[192, 0, 2, 7]);
    let answer = ask(listen, "dangling.shop.svc.cluster.local").await;
    assert_eq!((code(&answer), answer[7]), (0, 1), "an alias that leads nowhere is all there is");
    other.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_a_failure_and_itself_is_refused() {
    let (listen, silent) = (free_port(), UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let forward = silent.local_addr().unwrap();
    drop(silent);
    let server = DnsServer::start(config(listen, vec![forward]), ZonePort::default()).await.unwrap();
    assert_eq!(code(&ask(listen, "example.com").await), 2, "SERVFAIL");
    server.stop().await;
    let refused = DnsServer::start(config(listen, vec![listen]), ZonePort::default()).await.err();
    assert!(refused.is_some_and(|error| error.contains("where it listens itself")));
}
