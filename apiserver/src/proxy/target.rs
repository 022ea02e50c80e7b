//! What the three proxies share.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use http::Response;
use kontiki_api::status::Status;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::path::cleaned;
use super::{Destination, Forward, forward};
use crate::connect::Connection;
use crate::http::Body;

/// How servers behind proxies are spoken to.
#[derive(Clone)]
pub(crate) struct Outward {
    /// TLS that verifies nothing.
    pub tls: Arc<ClientConfig>,
    /// When what is upgraded is cut off.
    pub stop: CancellationToken,
}

impl Outward {
    /// The server at `host` and `port`.
    ///
    /// # Errors
    /// 400 where `host` is no name.
    pub fn destination(&self, tls: bool, host: &str, port: u16) -> Result<Destination, Status> {
        let name = || ServerName::try_from(host.to_owned()).map_err(|error| Status::bad_request(error.to_string()));
        let tls = if tls { Some((TlsConnector::from(Arc::clone(&self.tls)), name()?)) } else { None };
        Ok(Destination { host: host.into(), port, tls })
    }

    /// Hands the request of `connection` on to `to`.
    ///
    /// # Errors
    /// 503 where that cannot be reached.
    pub async fn forward(&self, connection: Connection, to: Destination) -> Result<Response<Body>, Status> {
        let (identity, stop) = (HeaderMap::new(), self.stop.clone());
        let on = Forward { to, path: cleaned(&connection.rest), identity, own_host: false, redirects: true, stop };
        forward(connection.request, on).await
    }
}

/// Refuses addresses that mean this machine, this link, or nobody: no proxy leads there.
///
/// # Errors
/// 400 in upstream's words.
pub(super) fn check_address(address: &str) -> Result<(), Status> {
    // An IPv4 address in the clothes of an IPv6 one is what it is.
    let global = match address.parse().map(|ip: IpAddr| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => {
            !(ip.is_loopback() || ip.is_link_local() || ip.is_multicast() || ip.is_unspecified() || ip.is_broadcast())
        }
        Ok(IpAddr::V6(ip)) => !(ip.is_loopback() || ip.is_unicast_link_local() || ip.is_multicast() || ip.is_unspecified()),
        Err(_) => false,
    };
    if global { Ok(()) } else { Err(Status::bad_request("address not allowed")) }
}
