//! How long a client may take for an answer.

/// An extension of answers that may take longer than a request; without it the whole answer must be taken in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Events are told as they come; what is told must be taken.
    Events,
    /// The client may rest as long as it likes, as those do who page through a log.
    Own,
}
