//! The pod network of this node: a bridge, and a veth pair per sandbox.

mod addresses;
mod bridge;
mod dial;
mod error;
mod outside;
mod range;
mod veth;

pub use addresses::Addresses;
pub use bridge::{Bridge, BridgeConfig};
pub use dial::dial;
pub use error::NetworkError;
pub use outside::Outside;
pub use range::Range;
pub use veth::attach;
