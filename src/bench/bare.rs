//! What rustls and the kernel take to move the bytes of a fan-out, with nothing around them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use kontiki_api::time::Time;
use kontiki_apiserver::pki::{Pki, client_config, server_config};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// What is written to a connection before it is the next one's turn, as a fan-out does: it has no more to send until the others have been
/// sent the same.
const TURN: usize = 64 << 10;
/// What is read at once: a TLS record.
const RECORD: usize = 16 << 10;

/// How long it takes to move `bytes` over each of so many TLS connections on loopback, in turn. The two ends run on threads of their
/// own, as many as there are cores on each: a server and its clients do as well.
///
/// # Errors
/// Where a connection does not come about, or breaks.
pub async fn move_bytes(connections: usize, bytes: usize) -> Result<Duration> {
    let sending = Ending(Some(Builder::new_multi_thread().enable_all().thread_name("bare").build()?));
    let sender = sending.0.as_ref().map(Runtime::handle).context("a runtime has a handle")?;
    let folder = tempfile::tempdir().context("cannot make a folder for certificates")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Time::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX));
    let pki = Pki::open(folder.path(), now)?;
    let acceptor = TlsAcceptor::from(server_config(&pki.serving("bare", &["127.0.0.1".into()], now)?)?);
    let connector = TlsConnector::from(Arc::new(client_config(pki.authority(), None)?));
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let (go, begins) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let dialled = TcpStream::connect(address).await?;
        let (accepted, _) = listener.accept()?;
        accepted.set_nonblocking(true)?;
        let (acceptor, begins) = (acceptor.clone(), begins.clone());
        let sent = async move { send(acceptor.accept(TcpStream::from_std(accepted)?).await?, bytes, begins).await };
        tasks.spawn_on(sent, sender);
        let name = ServerName::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST));
        tasks.spawn(receive(connector.connect(name, dialled).await?, bytes));
    }
    let start = Instant::now();
    go.send_replace(true);
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(start.elapsed())
}

/// A runtime that ends in the background: within another, its end cannot be waited for.
struct Ending(Option<Runtime>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

async fn send(mut stream: impl AsyncWriteExt + Unpin, bytes: usize, mut begins: watch::Receiver<bool>) -> Result<()> {
    begins.wait_for(|begun| *begun).await?;
    let turn = vec![b'x'; TURN];
    let mut left = bytes;
    while left > 0 {
        let part = turn.get(..left.min(TURN)).unwrap_or_default();
        stream.write_all(part).await?;
        stream.flush().await?;
        left -= part.len();
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn receive(mut stream: impl AsyncReadExt + Unpin, bytes: usize) -> Result<()> {
    let mut room = vec![0; RECORD];
    let mut left = bytes;
    while left > 0 {
        match stream.read(&mut room).await? {
            0 => anyhow::bail!("a connection ended early"),
            read => left = left.saturating_sub(read),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_arrive_over_every_connection() {
        assert!(move_bytes(3, 100_000).await.unwrap() > Duration::ZERO);
    }
}
