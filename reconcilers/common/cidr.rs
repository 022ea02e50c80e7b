//! Ranges of addresses.

use std::net::IpAddr;

/// A range of addresses of either family, such as `10.96.0.0/12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    address: IpAddr,
    prefix: u32,
}

impl Cidr {
    /// Reads it; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let (address, prefix) = (address.parse().ok()?, prefix.parse().ok()?);
        let longest = if matches!(address, IpAddr::V4(_)) { 32 } else { 128 };
        (prefix <= longest).then_some(Self { address, prefix })
    }

    /// Whether `address` lies inside.
    pub fn holds(self, address: IpAddr) -> bool {
        self.of_family(address) && self.network(self.address) == self.network(address)
    }

    /// Whether all of `other` lies inside.
    pub fn contains(self, other: Self) -> bool {
        other.prefix >= self.prefix && self.holds(other.address)
    }

    fn of_family(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
    }

    fn network(self, address: IpAddr) -> u128 {
        let (bits, longest) = match address {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        bits.checked_shr(longest - self.prefix).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_knows_what_lies_inside() {
        let range = Cidr::parse("10.96.0.0/12").unwrap();
        assert!(range.holds("10.111.255.255".parse().unwrap()) && !range.holds("10.112.0.0".parse().unwrap()));
        assert!(range.contains(Cidr::parse("10.97.0.0/16").unwrap()) && !range.contains(Cidr::parse("10.0.0.0/8").unwrap()));
        assert!(!range.holds("fd00::1".parse().unwrap()));
        assert!(Cidr::parse("fd00::/108").unwrap().holds("fd00::f".parse().unwrap()));
        assert!(Cidr::parse("::/0").unwrap().holds("fd00::f".parse().unwrap()));
        assert_eq!(Cidr::parse("10.0.0.0/40"), None);
    }
}
