//! What the bytes in the log and the tables mean. Own structures, so that neither a library's nor the
//! API's types dictate them; every form begins with a version byte or lies under a versioned file.

mod commit;
mod entry;
mod origin;
mod raft;

pub(crate) use commit::{decode_commit, encode_commit};
pub(crate) use entry::{decode_entry, encode_entry};
pub(crate) use origin::{Origin, decode_origin, encode_origin, verb_code, verb_of};
pub(crate) use raft::{LogIdForm, MembershipForm, VoteForm};

/// Bytes that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormatError {
    /// Written by a newer version.
    #[error("format {found} is newer than {known}, the newest this version reads")]
    Newer {
        /// The version byte found.
        found: u8,
        /// The newest known.
        known: u8,
    },
    /// Not what was written.
    #[error("undecodable {0}")]
    Undecodable(&'static str),
}
