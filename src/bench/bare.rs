//! What rustls and the kernel take to move the bytes of a fan-out, with nothing around them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use kontiki_api::time::Time;
use kontiki_apiserver::pki::{Pki, client_config, server_config};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// What is written at once: a TLS record.
const RECORD: usize = 16 << 10;

/// How long it takes to move `bytes` over each of so many TLS connections on loopback, to which they are written a record at a time.
///
/// # Errors
/// Where a connection does not come about, or breaks.
pub async fn move_bytes(connections: usize, bytes: usize) -> Result<Duration> {
    let folder = tempfile::tempdir().context("cannot make a folder for certificates")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Time::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX));
    let pki = Pki::open(folder.path(), now)?;
    let acceptor = TlsAcceptor::from(server_config(&pki.serving("bare", &["127.0.0.1".into()], now)?)?);
    let connector = TlsConnector::from(Arc::new(client_config(pki.authority(), None)?));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let (go, begins) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let dialled = TcpStream::connect(listener.local_addr()?).await?;
        let (accepted, _) = listener.accept().await?;
        let name = ServerName::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST));
        let (sender, receiver) = tokio::try_join!(acceptor.accept(accepted), connector.connect(name, dialled))?;
        tasks.spawn(send(sender, bytes, begins.clone()));
        tasks.spawn(receive(receiver, bytes));
    }
    let start = Instant::now();
    go.send_replace(true);
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(start.elapsed())
}

async fn send(mut stream: impl AsyncWriteExt + Unpin, bytes: usize, mut begins: watch::Receiver<bool>) -> Result<()> {
    begins.wait_for(|begun| *begun).await?;
    let record = vec![b'x'; RECORD];
    let mut left = bytes;
    while left > 0 {
        let written = stream.write(record.get(..left.min(RECORD)).unwrap_or_default()).await?;
        left -= written;
    }
    Ok(stream.flush().await?)
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
