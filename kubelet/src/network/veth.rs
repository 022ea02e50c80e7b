//! The pair of links between a sandbox and the bridge.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr};

use nix::sched::{CloneFlags, setns};
use rtnetlink::packet_route::link::{InfoData, InfoKind, InfoVeth};
use rtnetlink::packet_route::route::RouteScope;
use rtnetlink::{Handle, LinkMessageBuilder, LinkUnspec, LinkVeth, RouteMessageBuilder};
use tokio::sync::oneshot;

use super::bridge::find;
use super::{Bridge, NetworkError};

/// Name of a pod's only link, as upstream's.
const INSIDE: &str = "eth0";

/// Gives the network namespace of process `pid` a link to `bridge`, with `address` and all traffic
/// through the gateway. The host's end is called `name` (at most 15 letters); one of that name is replaced.
///
/// The address is a /32: pods of one node also reach each other through the gateway, so that the
/// packet rules see both directions of every connection.
///
/// # Errors
/// The kernel's refusal, with the step.
pub async fn attach(bridge: &Bridge, pid: i64, name: &str, address: Ipv4Addr) -> Result<(), NetworkError> {
    let (connection, handle, _) = rtnetlink::new_connection().map_err(NetworkError::io("open a netlink socket"))?;
    let worker = tokio::spawn(connection);
    let paired = pair(&handle, bridge, u32::try_from(pid).unwrap_or_default(), name).await;
    worker.abort();
    paired?;
    inside(pid, bridge.gateway, address).await
}

async fn pair(handle: &Handle, bridge: &Bridge, pid: u32, name: &str) -> Result<(), NetworkError> {
    if let Some(stale) = find(handle, name).await {
        // It goes by itself with its namespace; an error here shows in the next step.
        let _ = handle.link().del(stale.header.index).execute().await;
    }
    let peer = LinkMessageBuilder::<LinkUnspec>::new().name(INSIDE).setns_by_pid(pid).build();
    let host = LinkMessageBuilder::<LinkVeth>::new_with_info_kind(InfoKind::Veth)
        .name(name)
        .set_info_data(InfoData::Veth(InfoVeth::Peer(peer)))
        .controller(bridge.index)
        .up()
        .build();
    handle.link().add(host).execute().await.map_err(NetworkError::netlink(format!("make the link {name}")))
}

/// Runs the steps inside the sandbox on a thread of their own: a namespace belongs to a thread, and
/// this one ends with its work.
async fn inside(pid: i64, gateway: Ipv4Addr, address: Ipv4Addr) -> Result<(), NetworkError> {
    let (sender, receiver) = oneshot::channel();
    let spawned = std::thread::Builder::new().name("pod-network".into()).spawn(move || {
        // Where the caller was cancelled, nobody waits for the result.
        let _ = sender.send(enter_and_configure(pid, gateway, address));
    });
    spawned.map_err(NetworkError::io("start a thread for the pod's network"))?;
    receiver.await.map_err(|_| NetworkError::NoLink(INSIDE.into()))?
}

fn enter_and_configure(pid: i64, gateway: Ipv4Addr, address: Ipv4Addr) -> Result<(), NetworkError> {
    let step = "enter the pod's network namespace";
    let namespace = File::open(format!("/proc/{pid}/ns/net")).map_err(NetworkError::io(step))?;
    setns(&namespace, CloneFlags::CLONE_NEWNET).map_err(|errno| NetworkError::io(step)(errno.into()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.map_err(NetworkError::io("start a runtime for the pod's network"))?;
    refuse_redirects();
    runtime.block_on(async {
        let (connection, handle, _) = rtnetlink::new_connection().map_err(NetworkError::io("open a netlink socket"))?;
        tokio::spawn(connection);
        configure(&handle, gateway, address).await
    })
}

/// A redirect would let pods talk past the gateway. `/proc/sys/net` is that of the thread's namespace;
/// where it is read-only the bridge's own setting suffices.
fn refuse_redirects() {
    for scope in ["all", INSIDE] {
        let _ = std::fs::write(format!("/proc/sys/net/ipv4/conf/{scope}/accept_redirects"), "0");
    }
}

async fn configure(handle: &Handle, gateway: Ipv4Addr, address: Ipv4Addr) -> Result<(), NetworkError> {
    let index = async |name: &str| find(handle, name).await.map(|link| link.header.index);
    let up = async |index: u32| handle.link().set(LinkUnspec::new_with_index(index).up().build()).execute().await;
    if let Some(loopback) = index("lo").await {
        up(loopback).await.map_err(NetworkError::netlink("bring up lo in the pod"))?;
    }
    let link = index(INSIDE).await.ok_or_else(|| NetworkError::NoLink(INSIDE.into()))?;
    let added = handle.address().add(link, IpAddr::V4(address), 32).replace().execute().await;
    added.map_err(NetworkError::netlink(format!("give the pod the address {address}")))?;
    up(link).await.map_err(NetworkError::netlink("bring up eth0 in the pod"))?;
    let to_gateway = RouteMessageBuilder::<Ipv4Addr>::new()
        .destination_prefix(gateway, 32)
        .output_interface(link)
        .scope(RouteScope::Link)
        .pref_source(address)
        .build();
    handle.route().add(to_gateway).replace().execute().await.map_err(NetworkError::netlink("route the gateway in the pod"))?;
    let default = RouteMessageBuilder::<Ipv4Addr>::new().gateway(gateway).pref_source(address).build();
    handle.route().add(default).replace().execute().await.map_err(NetworkError::netlink("route the pod's traffic"))
}
