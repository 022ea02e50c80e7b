//! Requests handed on to other servers: the `proxy` subresources of pods, services and nodes, and the reverse
//! proxy itself, which aggregated servers use as well.

mod destination;
mod forward;
mod headers;
mod links;
mod name;
mod node;
mod path;
mod pod;
mod rewritten;
mod service;
mod target;
#[cfg(test)]
mod tests;
mod unverified;

pub(crate) use destination::Destination;
pub(crate) use forward::{Forward, forward, relay};
pub(crate) use headers::is_upgrade;
pub(crate) use node::NodeProxy;
pub(crate) use pod::PodProxy;
pub(crate) use service::ServiceProxy;
pub(crate) use target::Outward;
pub(crate) use unverified::unverified;
