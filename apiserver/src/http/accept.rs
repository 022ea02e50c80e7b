//! Takes connections of a listener, as long as there is one.

use std::io;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::keepalive::{CLIENTS, keep_alive};

/// How long to wait at first where no connection can be taken, and at most: as Go's server does.
const PAUSE: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);
/// That none can be taken is told no more often than this.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// The connections that come to a listener.
pub(super) struct Connections {
    listener: TcpListener,
    trouble: Trouble,
}

impl Connections {
    pub fn new(listener: TcpListener) -> Self {
        keep_alive(&listener, CLIENTS);
        Self { listener, trouble: Trouble { pause: PAUSE, told: None } }
    }

    /// The next connection; `None` once `stop` is called.
    pub async fn next(&mut self, stop: &CancellationToken) -> Option<TcpStream> {
        loop {
            match stop.run_until_cancelled(self.listener.accept()).await? {
                Ok((stream, _)) => {
                    self.trouble.pause = PAUSE;
                    // Answers are written whole: waiting for more to send only adds delay.
                    let _ = stream.set_nodelay(true);
                    return Some(stream);
                }
                Err(error) => stop.run_until_cancelled(self.trouble.pass(&error)).await?,
            }
        }
    }
}

/// What keeps a listener from taking connections, as a rule that the process has no file descriptor left. It passes: a server that
/// gave up would live on without a port.
struct Trouble {
    pause: Duration,
    told: Option<Instant>,
}

impl Trouble {
    /// Waits until it is worth another try. Errors of single connections are passed over.
    async fn pass(&mut self, error: &io::Error) {
        if is_of_one_connection(error) {
            return debug!(%error, "a connection broke off before it was accepted");
        }
        if self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            warn!(%error, "connections cannot be accepted for now; it is tried again and again");
            self.told = Some(Instant::now());
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST);
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn clients_that_vanish_are_found_out_as_upstream_does() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connections = Connections::new(listener);
        let stop = CancellationToken::new();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), connections.next(&stop));
        let (_client, accepted) = (client.unwrap(), accepted.unwrap());
        let socket = socket2::SockRef::from(&accepted);
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_mins(3));
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(15));
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), 9);
        assert!(accepted.nodelay().unwrap());
    }

    /// What a process without a file descriptor left is told.
    const NO_MORE_FILES: i32 = 24;

    #[tokio::test(start_paused = true)]
    async fn a_want_of_file_descriptors_is_waited_for_and_told_once() {
        let begun = Instant::now();
        let mut trouble = Trouble { pause: PAUSE, told: None };
        trouble.pass(&io::ErrorKind::ConnectionAborted.into()).await;
        assert!(begun.elapsed().is_zero() && trouble.told.is_none());
        for _ in 0..20 {
            trouble.pass(&io::Error::from_raw_os_error(NO_MORE_FILES)).await;
        }
        let took = begun.elapsed();
        assert!(took > 10 * LONGEST && took < 20 * LONGEST, "without a busy loop: {took:?}");
        assert_eq!((trouble.pause, trouble.told), (LONGEST, Some(begun)));
    }
}
