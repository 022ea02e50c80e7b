//! The node's bridge.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use rtnetlink::packet_route::link::LinkMessage;
use rtnetlink::{Handle, LinkBridge, LinkUnspec, RouteMessageBuilder};

use super::{NetworkError, Range};

/// How the bridge is made.
#[derive(Clone, Debug)]
pub struct BridgeConfig {
    /// Its name.
    pub name: String,
    /// Its address: the pods' gateway.
    pub address: Ipv4Addr,
    /// The pods of this node.
    pub pods: Range,
    /// Ranges that lead to the bridge, so that nothing unmatched of them leaves the machine.
    pub routed: Vec<Range>,
}

/// A bridge that is there and up.
#[derive(Clone, Debug)]
pub struct Bridge {
    /// Its name.
    pub name: String,
    /// Its index.
    pub index: u32,
    /// Its address.
    pub gateway: Ipv4Addr,
}

impl Bridge {
    /// Makes the bridge, or mends the one that is there.
    ///
    /// # Errors
    /// The kernel's refusal, with the step.
    pub async fn ensure(config: &BridgeConfig) -> Result<Self, NetworkError> {
        let (connection, handle, _) = rtnetlink::new_connection().map_err(NetworkError::io("open a netlink socket"))?;
        let worker = tokio::spawn(connection);
        let made = Self::make(&handle, config).await;
        worker.abort();
        made
    }

    /// Removes the bridge, its address and its routes. What is not there needs no removal.
    pub async fn remove(&self) {
        let Ok((connection, handle, _)) = rtnetlink::new_connection() else { return };
        let worker = tokio::spawn(connection);
        if let Err(error) = handle.link().del(self.index).execute().await {
            tracing::debug!(bridge = self.name, %error, "the bridge was not removed");
        }
        worker.abort();
    }

    async fn make(handle: &Handle, config: &BridgeConfig) -> Result<Self, NetworkError> {
        let name = &config.name;
        if find(handle, name).await.is_none() {
            let added = handle.link().add(LinkBridge::new(name).build()).execute().await;
            added.map_err(NetworkError::netlink(format!("make the bridge {name}")))?;
        }
        let index = find(handle, name).await.ok_or_else(|| NetworkError::NoLink(name.clone()))?.header.index;
        let up = handle.link().set(LinkUnspec::new_with_index(index).up().build()).execute().await;
        up.map_err(NetworkError::netlink(format!("bring up {name}")))?;
        let address = handle.address().add(index, IpAddr::V4(config.address), config.pods.prefix()).replace().execute().await;
        address.map_err(NetworkError::netlink(format!("give {name} its address")))?;
        for range in &config.routed {
            let route = RouteMessageBuilder::<Ipv4Addr>::new()
                .destination_prefix(range.base(), range.prefix())
                .output_interface(index)
                .pref_source(config.address)
                .build();
            let added = handle.route().add(route).replace().execute().await;
            added.map_err(NetworkError::netlink(format!("route {range} to {name}")))?;
        }
        settings(name);
        Ok(Self { name: name.clone(), index, gateway: config.address })
    }
}

/// Kernel settings of the bridge. Pods reach each other through the gateway: without redirects.
fn settings(name: &str) {
    let ipv4 = Path::new("/proc/sys/net/ipv4");
    for (path, value) in [
        (ipv4.join("ip_forward"), "1"),
        (ipv4.join("conf").join(name).join("send_redirects"), "0"),
        (ipv4.join("conf").join(name).join("route_localnet"), "1"),
    ] {
        if let Err(error) = std::fs::write(&path, value) {
            tracing::warn!(path = %path.display(), %error, "cannot change a kernel setting; going on without it");
        }
    }
}

/// The link called `name`.
pub async fn find(handle: &Handle, name: &str) -> Option<LinkMessage> {
    use futures::TryStreamExt;
    handle.link().get().match_name(name.to_owned()).execute().try_next().await.ok().flatten()
}
