//! Writes go to the leader: a follower authenticates and passes the whole request on, with who asks and under which
//! id; the leader alone runs the pipeline. A repeated id is answered with the first outcome.

mod anywhere;
mod first_outcome;
mod forwarder;
mod front_proxy;

pub(crate) use anywhere::{Outcome, anywhere};
pub(crate) use first_outcome::first_outcome;
pub use forwarder::{Forwarder, Locate};
pub use front_proxy::FRONT_PROXY;
pub(crate) use front_proxy::{remote_user, request_id};
