//! Recordings: what an engine saw and decided, as JSON Lines, and running them again.

mod line;
mod recorder;
mod redact;
mod replay;

pub use line::{FORMAT, Line, PassLine, RecordedObject};
pub(crate) use recorder::Recorders;
pub use recorder::{Recorder, Sink};
pub(crate) use redact::redact_intents;
pub use replay::{Divergence, Registry, Summary, replay, setup};
