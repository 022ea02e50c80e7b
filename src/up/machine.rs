//! What this machine is called and how it is reached.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// An address reserved for documentation: asking for the route there sends nothing.
const SOMEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// The host name as a node name: lower case, RFC 1123.
pub fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim().to_ascii_lowercase();
    let clean: String =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' }).collect();
    let clean = clean.trim_matches(['-', '.']);
    if clean.is_empty() { "node".into() } else { clean.into() }
}

/// The address of the interface that the default route uses; `None` on a machine without one.
pub fn route_address() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(SOMEWHERE).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V4(address) if !address.is_loopback() && !address.is_unspecified() => Some(address),
        _ => None,
    }
}
