//! How many requests run at a time, and whose turn it is: priority and fairness.
//!
//! Promises that requests of nodes, of leader election and of the system's own controllers are never starved by users, nor one
//! user by another. `FlowSchema` objects say which priority level a request belongs to, `PriorityLevelConfiguration` objects how
//! many seats each level has of all; both count from the moment they are stored. Follows upstream's API Priority and Fairness
//! with simpler queues: every flow has one of its own, and they are served in turn. Every request takes one seat.

mod asked;
mod configuration;
mod dangling;
mod figures;
mod follow;
mod level;
mod objects;
mod priorities;
mod schema;
mod seat;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use asked::Asked;
pub use follow::follow;
pub(crate) use objects::objects;
pub(crate) use priorities::{Priorities, is_too_many};
pub(crate) use seat::Seat;
