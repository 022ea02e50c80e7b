//! What texts of addresses and networks may be.

use std::net::IpAddr;

use crate::kind::validate::{Faults, Path};

pub(super) const IP_WORDS: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
pub(super) const CIDR_WORDS: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
pub(super) const HOST_WORDS: &str = "must be a DNS name, not an IP address";

/// An address; `None`, and told, where `text` is none.
pub(super) fn ip(text: &str, path: &Path<'_>, faults: &mut Faults) -> Option<IpAddr> {
    let address = text.parse().ok();
    if address.is_none() {
        faults.invalid_text(path, text, IP_WORDS);
    }
    address
}

/// An address that is no node's own business.
pub(super) fn plain_ip(text: &str, path: &Path<'_>, faults: &mut Faults) {
    let Some(address) = ip(text, path, faults) else { return };
    match super::super::format::special(address) {
        Some("may not be unspecified") => faults.invalid_text(path, text, format!("may not be unspecified ({text})")),
        Some(why) => faults.invalid_text(path, text, why),
        None => {}
    }
}

/// A network such as `10.0.0.0/8`.
pub(super) fn cidr(text: &str, path: &Path<'_>, faults: &mut Faults) {
    if !super::super::format::is_cidr(text) {
        faults.invalid_text(path, text, CIDR_WORDS);
    }
}
