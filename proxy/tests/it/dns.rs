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

/// A loopback port that is free for both UDP and TCP at this moment.
fn free_port() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_service_is_found_over_udp_and_tcp_and_follows_the_zone() {
    let port = ZonePort::default();
    let listen = free_port();
    let server =
        DnsServer::start(DnsConfig { listen: vec![listen], domain: "cluster.local".into() }, port.clone()).await.unwrap();
    let name = "web.shop.svc.cluster.local";
    assert_eq!(ask(listen, name).await[3] & 0x0f, 3, "NXDOMAIN before the service is there");
    let web = Service::Virtual { address: Ipv4Addr::new(10, 96, 0, 9), ports: vec![] };
    let namespaces = BTreeMap::from([("shop".into(), BTreeMap::from([("web".into(), web)]))]);
    port.perform(Zone { namespaces }).await.unwrap();
    let answer = ask(listen, "WEB.shop.svc.cluster.local").await;
    assert_eq!((answer[3] & 0x0f, &answer[answer.len() - 4..]), (0, &[10, 96, 0, 9][..]));

    let mut stream = TcpStream::connect(listen).await.unwrap();
    let query = question(name);
    stream.write_u16(u16::try_from(query.len()).unwrap()).await.unwrap();
    stream.write_all(&query).await.unwrap();
    let length = stream.read_u16().await.unwrap();
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer[answer.len() - 4..], &[10, 96, 0, 9]);
    assert_eq!(ask(listen, "example.com").await[3] & 0x0f, 5, "REFUSED for what is not ours");
    drop(stream);
    server.stop().await;
}
