//! Whence a request comes.

use std::net::SocketAddr;

/// The other end of the connection; among the extensions of requests that come over a network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub SocketAddr);
