//! Connections whose other side is gone without a word.

use std::os::fd::AsFd;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tracing::debug;

/// Clients that say nothing for so long are asked whether they are still there, as upstream's server does.
pub(super) const CLIENTS: Duration = Duration::from_mins(3);
/// Servers that are connected to are asked sooner, as Go does.
pub(crate) const SERVERS: Duration = Duration::from_secs(15);
/// Time between two questions.
const INTERVAL: Duration = Duration::from_secs(15);
/// Questions without an answer after which the connection is over.
const RETRIES: u32 = 9;

/// Lets `socket` end where the machine at the other side no longer answers. The connections of a listener take it over from that.
/// Otherwise an `exec` whose client lost its network would last for ever.
pub(crate) fn keep_alive(socket: &impl AsFd, after: Duration) {
    let asked = TcpKeepalive::new().with_time(after).with_interval(INTERVAL).with_retries(RETRIES);
    if let Err(error) = SockRef::from(socket).set_tcp_keepalive(&asked) {
        debug!(%error, "a connection is not watched for the loss of its other side");
    }
}
