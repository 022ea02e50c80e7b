//! Which pod has which address.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use parking_lot::Mutex;

use super::{NetworkError, Range};

/// The addresses of the node's pod range. What is in use is learnt from the labels of the
/// sandboxes, so that nothing is lost with this process.
#[derive(Debug)]
pub struct Addresses {
    range: Range,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    holders: BTreeMap<Ipv4Addr, String>,
    last: u64,
}

impl Addresses {
    /// All of `range` is free but its first (network), second (the bridge) and last address.
    pub fn new(range: Range) -> Self {
        Self { range, state: Mutex::new(State { holders: BTreeMap::new(), last: 1 }) }
    }

    /// The range.
    pub const fn range(&self) -> Range {
        self.range
    }

    /// The node's own address in the range: the pods' gateway.
    pub fn gateway(&self) -> Ipv4Addr {
        self.range.at(1)
    }

    /// An address for `holder`: the one it has, or the next free one after the one given last, so that
    /// an address comes back as late as possible.
    ///
    /// # Errors
    /// `Exhausted` where none is free.
    pub fn take(&self, holder: &str) -> Result<Ipv4Addr, NetworkError> {
        let mut state = self.state.lock();
        if let Some((address, _)) = state.holders.iter().find(|(_, name)| *name == holder) {
            return Ok(*address);
        }
        let usable = self.range.size().saturating_sub(3);
        let offsets = (0..usable).map(|step| 2 + (state.last.saturating_sub(1) + step) % usable.max(1));
        let free = offsets.into_iter().find(|offset| !state.holders.contains_key(&self.range.at(*offset)));
        let offset = free.ok_or(NetworkError::Exhausted(self.range))?;
        let address = self.range.at(offset);
        state.last = offset;
        state.holders.insert(address, holder.to_owned());
        Ok(address)
    }

    /// Notes that `holder` has `address` (found on a sandbox).
    pub fn hold(&self, address: Ipv4Addr, holder: &str) {
        let mut state = self.state.lock();
        if let Some(offset) = self.range.offset(address) {
            state.last = state.last.max(offset);
        }
        state.holders.insert(address, holder.to_owned());
    }

    /// What `holder` has is free again.
    pub fn release(&self, holder: &str) {
        self.state.lock().holders.retain(|_, name| name != holder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(range: &str) -> Addresses {
        Addresses::new(Range::parse(range).unwrap())
    }

    #[test]
    fn a_holder_keeps_its_address_and_others_get_the_next() {
        let addresses = addresses("10.244.3.0/24");
        assert_eq!(addresses.gateway().to_string(), "10.244.3.1");
        assert_eq!(addresses.take("a").unwrap().to_string(), "10.244.3.2");
        assert_eq!(addresses.take("b").unwrap().to_string(), "10.244.3.3");
        assert_eq!(addresses.take("a").unwrap().to_string(), "10.244.3.2");
    }

    #[test]
    fn a_released_address_is_given_again_only_after_all_others() {
        let addresses = addresses("10.0.0.0/29");
        for holder in ["a", "b", "c", "d"] {
            addresses.take(holder).unwrap();
        }
        addresses.release("b");
        assert_eq!(addresses.take("e").unwrap().to_string(), "10.0.0.6");
        assert_eq!(addresses.take("f").unwrap().to_string(), "10.0.0.3");
        assert!(matches!(addresses.take("g"), Err(NetworkError::Exhausted(_))));
    }

    #[test]
    fn an_address_found_on_a_sandbox_is_not_given_away() {
        let addresses = addresses("10.0.0.0/24");
        addresses.hold("10.0.0.2".parse().unwrap(), "old");
        assert_eq!(addresses.take("new").unwrap().to_string(), "10.0.0.3");
    }
}
