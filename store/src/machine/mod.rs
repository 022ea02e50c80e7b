//! The deterministic state machine: objects, counters, the recent commits. No I/O, no clock.

mod check;
mod counters;
mod limits;
mod objects;
mod record;
mod ring;
mod state;

pub(crate) use check::check_shape;
pub(crate) use counters::Counters;
pub use limits::WindowLimits;
pub(crate) use limits::counted;
pub(crate) use objects::Objects;
pub(crate) use record::{Proposed, Record, RowNote, event_cost};
pub(crate) use ring::Ring;
pub(crate) use state::{Applied, State};
