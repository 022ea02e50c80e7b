//! Health-check node ports as load balancers ask them.

use std::collections::BTreeMap;

use kontiki_proxy::health::{HealthCheck, HealthChecks, HealthPort};
use kontiki_runtime::effect::EffectPort;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn ask(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n").await.ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.ok()?;
    Some(text)
}

#[tokio::test]
async fn a_node_says_how_many_endpoints_it_has() {
    let number = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = HealthPort::default();
    let checks = |local_endpoints| HealthChecks {
        ports: BTreeMap::from([(number, HealthCheck { namespace: "shop".into(), service: "web".into(), local_endpoints })]),
    };
    port.perform(checks(0)).await.unwrap();
    assert!(ask(number).await.unwrap().starts_with("HTTP/1.1 503 "));
    port.perform(checks(2)).await.unwrap();
    let answer = ask(number).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"localEndpoints\":2"), "{answer}");
    port.perform(HealthChecks::default()).await.unwrap();
    assert_eq!(ask(number).await, None, "the port is free again");
}
