//! The listeners.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kontiki_runtime::effect::EffectPort;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::AbortHandle;

use super::{HealthCheck, HealthChecks};

/// How long to wait where no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a caller may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest request that is read, bytes.
const REQUEST_LIMIT: u64 = 8 << 10;

/// Listens at the ports that are wanted, on all addresses of the node. They close with it.
#[derive(Debug, Default)]
pub struct HealthPort {
    listening: Mutex<BTreeMap<u16, Listening>>,
}

#[derive(Debug)]
struct Listening {
    answer: watch::Sender<Arc<HealthCheck>>,
    task: AbortHandle,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[async_trait]
impl EffectPort<HealthChecks> for HealthPort {
    async fn perform(&self, checks: HealthChecks) -> Result<(), String> {
        let mut listening = self.listening.lock().await;
        listening.retain(|port, _| checks.ports.contains_key(port));
        for (port, check) in checks.ports {
            let check = Arc::new(check);
            if let Some(there) = listening.get(&port) {
                there.answer.send_replace(check);
                continue;
            }
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await;
            let listener = listener.map_err(|error| format!("cannot listen on health-check port {port}: {error}"))?;
            let (answer, current) = watch::channel(check);
            let task = tokio::spawn(accept(listener, current)).abort_handle();
            listening.insert(port, Listening { answer, task });
        }
        Ok(())
    }
}

async fn accept(listener: TcpListener, current: watch::Receiver<Arc<HealthCheck>>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // As a rule no file descriptor is left: that passes.
            Err(error) => {
                tracing::debug!(%error, "a connection cannot be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let check = Arc::clone(&current.borrow());
        tokio::spawn(async move {
            // A caller that breaks off concerns nobody else.
            let _ = tokio::time::timeout(PATIENCE, answer(stream, &check)).await;
        });
    }
}

/// Answers any request as upstream's proxy does: 200 where endpoints are here, else 503.
async fn answer(mut stream: TcpStream, check: &HealthCheck) -> std::io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader.take(REQUEST_LIMIT)).lines();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    let count = check.local_endpoints;
    let code = if count > 0 { "200 OK" } else { "503 Service Unavailable" };
    let body = serde_json::json!({
        "service": {"namespace": check.namespace, "name": check.service},
        "localEndpoints": count,
        "serviceProxyHealthy": true,
    })
    .to_string();
    let head = format!(
        "HTTP/1.1 {code}\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\n\
         X-Load-Balancing-Endpoint-Weight: {count}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    writer.write_all((head + &body).as_bytes()).await?;
    writer.shutdown().await
}
