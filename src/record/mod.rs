//! `kontiki record` and `kontiki replay`.

mod record;
mod replay;

pub use record::{RecordArgs, record};
pub use replay::{ReplayArgs, replay};
