//! A range of IPv4 addresses.

use std::fmt;
use std::net::Ipv4Addr;

/// Addresses that share their first bits: `10.244.0.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    base: u32,
    prefix: u8,
}

impl Range {
    /// Reads CIDR notation; bits behind the prefix are ignored. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let prefix: u8 = prefix.parse().ok().filter(|prefix| *prefix <= 32)?;
        let base = u32::from(address.parse::<Ipv4Addr>().ok()?) & mask(prefix);
        Some(Self { base, prefix })
    }

    /// How many first bits are shared.
    pub const fn prefix(self) -> u8 {
        self.prefix
    }

    /// The address with all other bits zero.
    pub fn base(self) -> Ipv4Addr {
        self.base.into()
    }

    /// How many addresses there are.
    pub const fn size(self) -> u64 {
        1 << (32 - self.prefix)
    }

    /// The address at `offset`; wraps around at the end.
    pub fn at(self, offset: u64) -> Ipv4Addr {
        let offset = u32::try_from(offset % self.size()).unwrap_or_default();
        (self.base | offset).into()
    }

    /// Where `address` lies in the range; `None` outside.
    pub fn offset(self, address: Ipv4Addr) -> Option<u64> {
        let bits = u32::from(address);
        (bits & mask(self.prefix) == self.base).then(|| u64::from(bits & !mask(self.prefix)))
    }
}

const fn mask(prefix: u8) -> u32 {
    if prefix == 0 { 0 } else { u32::MAX << (32 - prefix) }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base(), self.prefix)
    }
}
