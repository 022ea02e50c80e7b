//! What this machine is called and how it is reached.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::Path;

use anyhow::{Context, Result};

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

/// The cluster's id: made once, kept in the data folder. Containers carry it, so that two clusters
/// on one Docker leave each other alone.
///
/// # Errors
/// Where the file can be neither read nor written.
pub fn cluster_id(folder: &Path) -> Result<String> {
    let path = folder.join("cluster-id");
    if let Ok(id) = std::fs::read_to_string(&path) {
        return Ok(id.trim().to_string());
    }
    let mut bytes = [0_u8; 8];
    let random = ring::rand::SystemRandom::new();
    ring::rand::SecureRandom::fill(&random, &mut bytes).map_err(|_| anyhow::anyhow!("the system's random source failed"))?;
    let id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(&path, &id).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_keeps_its_id() {
        let folder = tempfile::tempdir().unwrap();
        let first = cluster_id(folder.path()).unwrap();
        assert_eq!((first.len(), cluster_id(folder.path()).unwrap()), (16, first));
    }
}
