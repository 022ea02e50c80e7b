//! The port of the API.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be accepted, as far as the system lets them: as many as a server in Go lets wait. When a leader is
/// lost, thousands of nodes come at the same moment, and who finds no place tries again only after a second.
const WAITING: u32 = 4096;

/// Listens on `at`.
///
/// # Errors
/// Where the address is taken, or none of this machine.
pub fn listen(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = if at.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(at)?;
    socket.listen(WAITING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::time::Duration;
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn many_may_come_at_once() {
        let listener = listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let at = listener.local_addr().unwrap();
        let come = async {
            let mut waiting = Vec::new();
            for _ in 0..300 {
                waiting.push(TcpStream::connect(at).await.unwrap());
            }
            waiting
        };
        let waiting = tokio::time::timeout(Duration::from_secs(5), come).await.expect("none is accepted, and all are there");
        assert_eq!(waiting.len(), 300);
    }
}
