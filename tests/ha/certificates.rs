//! Certificates are renewed while everything goes on.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use kontiki_apiserver::pki::{Pki, client_config};
use kontiki_runtime::client::http::HttpClient;
use kontiki_runtime::clock::{Clock, SystemClock};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use serde_json::json;

use super::masters::{LIMIT, Masters, call};

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";

/// How long certificates hold; they are renewed after a third of it.
const LIFE: Duration = Duration::from_secs(15);

/// A connection to `address`, and the certificate that it was shown.
fn connect(config: &Arc<ClientConfig>, name: &str, address: &str) -> (StreamOwned<ClientConnection, TcpStream>, Vec<u8>) {
    let tls = ClientConnection::new(Arc::clone(config), ServerName::try_from(name.to_owned()).unwrap()).unwrap();
    let tcp = TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(LIMIT)).unwrap();
    let mut stream = StreamOwned::new(tls, tcp);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).unwrap();
    }
    let shown = stream.conn.peer_certificates().unwrap()[0].to_vec();
    (stream, shown)
}

/// What every master shows to clients and to peers, and what it gave its administrator.
fn shown(masters: &Masters, pki: &Pki) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let now = SystemClock::default().now();
    for at in 0..3 {
        let admin = Arc::new(client_config(pki.authority(), Some(pki.admin())).unwrap());
        let member = Arc::new(client_config(pki.authority(), Some(&pki.member("test", now).unwrap())).unwrap());
        all.insert(format!("{at}: to clients"), connect(&admin, "kubernetes", &masters.api(at)).1);
        all.insert(format!("{at}: to peers"), connect(&member, "member.kontiki.internal", &masters.peer(at)).1);
        all.insert(format!("{at}: kubeconfig"), std::fs::read(masters.data(at).join("admin.kubeconfig")).unwrap());
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_certificate_is_renewed_while_connections_go_on() {
    let masters = Masters::three_with(&["--certificate-life", &format!("{}s", LIFE.as_secs())]).await;
    let pki = Pki::open_for(&masters.data(0), SystemClock::default().now(), LIFE).unwrap();
    let before = shown(&masters, &pki);
    // A watch on one connection, and writes through a master that passes them on.
    let follower = (masters.leader().await + 1) % 3;
    let admin = Arc::new(client_config(pki.authority(), Some(pki.admin())).unwrap());
    let (mut watch, _) = connect(&admin, "kubernetes", &masters.api(follower));
    write!(watch, "GET {CONFIGMAPS}?watch=true HTTP/1.1\r\nHost: kubernetes\r\n\r\n").unwrap();
    let (start, mut count) = (Instant::now(), 0);
    loop {
        let object = json!({"metadata": {"name": format!("n-{count}")}}).to_string();
        // Whoever administers reads the kubeconfig anew; what passes requests on keeps its connections by itself.
        let http = HttpClient::new(&masters.only(follower)).unwrap();
        let answer = call(&http, Method::POST, CONFIGMAPS, &object).await;
        assert_eq!(answer.as_ref().map(|(code, _)| *code), Some(201), "{answer:?}");
        count += 1;
        let after = shown(&masters, &pki);
        let same: Vec<&String> = after.iter().filter(|(what, shown)| before[*what] == **shown).map(|(what, _)| what).collect();
        // Until what was issued at first has ended.
        if same.is_empty() && start.elapsed() > LIFE {
            break;
        }
        assert!(start.elapsed() < LIMIT, "not renewed: {same:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut told = String::new();
    let mut part = [0; 4096];
    let last = format!("\"name\":\"n-{}\"", count - 1);
    while !told.contains(&last) {
        let length = watch.read(&mut part).unwrap();
        assert!(length > 0, "the watch ended: {told}");
        told.push_str(&String::from_utf8_lossy(&part[..length]));
    }
    assert!((0..count).all(|number| told.contains(&format!("\"name\":\"n-{number}\""))), "{told}");
}
