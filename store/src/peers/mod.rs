//! How members reach each other: whole messages, each with an answer.
//!
//! Everything above this module hands over bytes and gets bytes back; what lies below is replaceable:
//! [`TlsTransport`] between machines, [`LocalNetwork`] within one process, where links can be cut.

mod client;
mod cluster_id;
mod frame;
mod local;
mod serve;
mod tls;
mod transport;

pub use cluster_id::{ClusterId, Stranger};
pub use local::{LocalNetwork, LocalTransport};
pub use tls::{MEMBER_NAME, PeerTls, TlsTransport, probe};
pub use transport::{Handler, Lane, Transport, TransportError};
