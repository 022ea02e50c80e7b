//! The nftables back end: rules as text, loaded in one transaction.

mod listing;
mod port;
mod render;

pub use listing::Listing;
pub use port::{NftConfig, NftPort, remove_table};
pub use render::{change, full};
