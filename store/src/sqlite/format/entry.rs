use bytes::Bytes;

use super::{FormatError, decode_commit};
use crate::machine::Proposed;
use crate::sqlite::keyring::Keyring;

/// Entry format: this byte, then per commit its length (4 bytes, little endian) and its bytes.
/// In format 2 the bytes of a commit begin with its fence; in format 1 there was none.
const VERSION: u8 = 2;

/// One Raft entry of several encoded commits.
pub(crate) fn encode_entry<'a>(commits: impl IntoIterator<Item = &'a [u8]> + Clone) -> Bytes {
    let length: usize = commits.clone().into_iter().map(|commit| commit.len() + size_of::<u32>()).sum();
    let mut out = Vec::with_capacity(1 + length);
    out.push(VERSION);
    for commit in commits {
        let length = u32::try_from(commit.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(commit);
    }
    out.into()
}

/// Reads what [`encode_entry`] wrote.
pub(crate) fn decode_entry(bytes: &[u8], keyring: &Keyring) -> Result<Vec<Proposed>, FormatError> {
    let (version, mut rest) = bytes.split_first().ok_or(FormatError::Undecodable("entry"))?;
    if *version > VERSION {
        return Err(FormatError::Newer { found: *version, known: VERSION });
    }
    let mut commits = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        let (commit, after) = after.split_at_checked(length).ok_or(FormatError::Undecodable("entry"))?;
        commits.push(decode_commit(commit, *version > 1, keyring)?);
        rest = after;
    }
    if rest.is_empty() { Ok(commits) } else { Err(FormatError::Undecodable("entry")) }
}
