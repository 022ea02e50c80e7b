//! `nodes/proxy`.

use async_trait::async_trait;
use http::Response;
use kontiki_api::status::Status;

use super::name::named;
use super::target::{Outward, check_address};
use crate::connect::{Connect, Connection};
use crate::http::Body;
use crate::stream::Backend;

/// Hands requests on to a node: to its kubelet as the API server itself, to any other port as nobody.
pub(crate) struct NodeProxy {
    /// The way to kubelets.
    pub kubelets: Backend,
    /// The way to the rest.
    pub outward: Outward,
}

#[async_trait]
impl Connect for NodeProxy {
    fn takes_any_method(&self) -> bool {
        true
    }

    async fn connect(&self, connection: Connection) -> Result<Response<Body>, Status> {
        let asked = connection.target.name.clone();
        let named = named(&asked).ok_or_else(|| Status::bad_request(format!("invalid node request {asked:?}")))?;
        let kubelet = self.kubelets.destination(named.name)?;
        if named.port.is_empty() || named.port == kubelet.port.to_string() {
            return self.outward.forward(connection, kubelet).await;
        }
        let port = named.port.parse().map_err(|_| Status::bad_request(format!("invalid node request {asked:?}")))?;
        check_address(&kubelet.host)?;
        let to = self.outward.destination(named.tls, &kubelet.host, port)?;
        self.outward.forward(connection, to).await
    }
}
