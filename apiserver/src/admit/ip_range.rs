//! A range of addresses.

use std::fmt;
use std::net::Ipv4Addr;

/// A network of version 4, such as `10.96.0.0/12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IpRange {
    network: u32,
    size: u32,
}

impl IpRange {
    /// The range of `network`/`prefix`, the prefix from 8 to 30.
    pub fn new(network: Ipv4Addr, prefix: u8) -> Self {
        let size = 1_u32 << (32 - u32::from(prefix.clamp(8, 30)));
        Self { network: u32::from(network) & !(size - 1), size }
    }

    /// Reads `10.96.0.0/12`; `None` for anything else, a network of version 6 among it.
    pub fn parse(text: &str) -> Option<Self> {
        let (network, prefix) = text.split_once('/')?;
        let prefix = prefix.parse().ok().filter(|prefix| (8..=30).contains(prefix))?;
        Some(Self::new(network.parse().ok()?, prefix))
    }

    /// How many addresses there are, the first and the last included.
    pub const fn size(self) -> u32 {
        self.size
    }

    /// The address `offset` behind the first.
    pub fn address(self, offset: u32) -> String {
        Ipv4Addr::from(self.network + offset).to_string()
    }

    /// Whether `address` lies inside and is neither the first nor the last.
    pub fn holds(self, address: &str) -> bool {
        let address: Option<Ipv4Addr> = address.parse().ok();
        let offset = address.and_then(|address| u32::from(address).checked_sub(self.network));
        offset.is_some_and(|offset| offset > 0 && offset < self.size - 1)
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.network), self.size.leading_zeros() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reads_back_and_knows_its_addresses() {
        let range = IpRange::parse("10.96.0.0/12").unwrap();
        assert_eq!(range.to_string(), "10.96.0.0/12");
        assert!(range.holds("10.96.0.1") && range.holds("10.111.255.254"));
        assert!(!range.holds("10.96.0.0") && !range.holds("10.112.0.1") && !range.holds("fd00::1"));
        assert_eq!(IpRange::parse("fd00::/108"), None);
        assert_eq!(IpRange::parse("10.0.0.0/4"), None);
    }
}
