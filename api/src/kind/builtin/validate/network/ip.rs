//! What texts of addresses and networks may be.

use std::net::IpAddr;

use super::super::format::{cidr_fault, ip_fault};
use crate::kind::validate::{Faults, Path};

pub(super) const HOST_WORDS: &str = "must be a DNS name, not an IP address";

/// An address; `None`, and told, where `text` is none.
pub(super) fn ip(text: &str, path: &Path<'_>, faults: &mut Faults) -> Option<IpAddr> {
    if let Some(why) = ip_fault(text) {
        faults.invalid_text(path, text, why);
    }
    text.parse().ok()
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
    if let Some(why) = cidr_fault(text) {
        faults.invalid_text(path, text, why);
    }
}
