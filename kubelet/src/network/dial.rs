//! Connections from within a pod's network.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use nix::sched::{CloneFlags, setns};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Connects to the first of `to` that accepts, seen from the network namespace of process `pid`.
///
/// # Errors
/// The reason of the last that did not accept, or of a process that is gone.
pub async fn dial(pid: i64, to: Vec<SocketAddr>, limit: Duration) -> io::Result<TcpStream> {
    let (sender, receiver) = oneshot::channel();
    // A namespace belongs to a thread: this one ends with its work, the socket stays where it was made.
    std::thread::Builder::new().name("pod-dial".into()).spawn(move || {
        // Where the caller was cancelled, nobody waits for the result.
        let _ = sender.send(connect(pid, &to, limit));
    })?;
    let stream = receiver.await.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))??;
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
}

fn connect(pid: i64, to: &[SocketAddr], limit: Duration) -> io::Result<std::net::TcpStream> {
    let namespace = File::open(format!("/proc/{pid}/ns/net"))?;
    setns(&namespace, CloneFlags::CLONE_NEWNET)?;
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in to {
        match std::net::TcpStream::connect_timeout(address, limit) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
