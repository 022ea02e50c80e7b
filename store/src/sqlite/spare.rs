use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::OpenError;
use super::checksum::Checksum;
use super::format::{MembershipForm, VoteForm};
use crate::raft::Vote;

/// The file's name.
const FILE: &str = "vote";
/// Format of a slot: this byte, a number that grows, the length of the content, the content, a checksum.
const FORMAT: u8 = 1;
/// The two slots are written in turn: what tears one leaves the other.
const SLOT: usize = 16 << 10;
const FRONT: usize = 1 + 8 + 4;
const SUM: usize = 4;

/// What a member must never forget, whatever becomes of its log.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    vote: Option<VoteForm>,
    /// The newest members it knew.
    pub members: Option<MembershipForm>,
    /// The log was lost: this member votes for nobody until it holds everything it may have acknowledged.
    pub recovering: bool,
}

impl Kept {
    /// The newest vote.
    pub fn vote(&self) -> Option<Vote> {
        self.vote.map(Vote::from)
    }
}

/// A second copy of a member's vote and of who the members are, in a file of its own beside the log: so the loss of
/// either leaves what keeps elections safe. Written after the log, before anybody is told.
#[derive(Debug)]
pub(crate) struct Spare {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    number: u64,
    kept: Kept,
}

impl Spare {
    /// Opens the file in `folder`, or makes an empty one.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join(FILE);
        let failed = |source| OpenError::File { path: path.clone(), source };
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        // What a killed process wrote may not be on the disk yet.
        file.sync_all().map_err(failed)?;
        let mut slots = Vec::new();
        for at in [0, SLOT] {
            slots.extend(read_slot(&file, at as u64).map_err(failed)?);
        }
        if let Some(found) = slots.iter().map(|slot| slot.format).find(|format| *format > FORMAT) {
            return Err(OpenError::NewerFormat { file: FILE, found: found.into(), known: FORMAT.into() });
        }
        let newest = slots.into_iter().filter_map(|slot| Some((slot.number, slot.kept?))).max_by_key(|(number, _)| *number);
        if newest.is_none() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        let (number, kept) = newest.unwrap_or_default();
        let state = Mutex::new(State { file, number, kept });
        Ok(Self { path, state })
    }

    /// What it holds.
    pub fn kept(&self) -> Kept {
        self.state.lock().kept.clone()
    }

    /// Keeps `vote`, unless it holds a newer one. Returns once it is on disk.
    pub fn put_vote(&self, vote: &Vote) -> io::Result<()> {
        self.put(|kept| {
            let newer = kept.vote().is_none_or(|held| held < *vote);
            if newer {
                kept.vote = Some(VoteForm::from(vote));
            }
            newer
        })
    }

    /// Keeps who the members are. Returns once it is on disk.
    pub fn put_members(&self, members: &MembershipForm) -> io::Result<()> {
        self.put(|kept| {
            let changed = kept.members.as_ref() != Some(members);
            if changed {
                kept.members = Some(members.clone());
            }
            changed
        })
    }

    /// Keeps whether the log was lost. Returns once it is on disk.
    pub fn put_recovering(&self, recovering: bool) -> io::Result<()> {
        self.put(|kept| std::mem::replace(&mut kept.recovering, recovering) != recovering)
    }

    /// An error about this file.
    pub fn failed(&self, source: io::Error) -> OpenError {
        OpenError::File { path: self.path.clone(), source }
    }

    fn put(&self, change: impl FnOnce(&mut Kept) -> bool) -> io::Result<()> {
        let mut state = self.state.lock();
        let mut kept = state.kept.clone();
        if !change(&mut kept) {
            return Ok(());
        }
        let number = state.number + 1;
        let slot = slot(number, &kept)?;
        let at = if number.is_multiple_of(2) { 0 } else { SLOT as u64 };
        state.file.write_all_at(&slot, at)?;
        state.file.sync_data()?;
        (state.number, state.kept) = (number, kept);
        Ok(())
    }
}

struct Slot {
    format: u8,
    number: u64,
    kept: Option<Kept>,
}

fn slot(number: u64, kept: &Kept) -> io::Result<Vec<u8>> {
    let content = postcard::to_allocvec(kept).map_err(io::Error::other)?;
    if FRONT + content.len() + SUM > SLOT {
        return Err(io::Error::other("the members do not fit"));
    }
    let length = u32::try_from(content.len()).map_err(io::Error::other)?;
    let mut out = vec![FORMAT];
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&content);
    let sum = Checksum::default().bytes(&out).sum();
    out.extend_from_slice(&sum.to_le_bytes());
    Ok(out)
}

/// The slot at `at`, where one lies there whole. Of a newer format only the front is understood.
fn read_slot(file: &File, at: u64) -> io::Result<Option<Slot>> {
    let mut bytes = vec![0; SLOT];
    let mut read = 0;
    while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at + read as u64)? {
            0 => break,
            more => read += more,
        }
    }
    bytes.truncate(read);
    Ok(parse_slot(&bytes))
}

fn parse_slot(bytes: &[u8]) -> Option<Slot> {
    let (format, rest) = bytes.split_first()?;
    let (number, rest) = rest.split_first_chunk()?;
    let (length, _) = rest.split_first_chunk()?;
    let length = u32::from_le_bytes(*length) as usize;
    let (front, sum) = bytes.split_at_checked(FRONT.checked_add(length)?)?;
    let sum = u32::from_le_bytes(*sum.first_chunk()?);
    if Checksum::default().bytes(front).sum() != sum {
        return None;
    }
    let kept = front.get(FRONT..).and_then(|content| postcard::from_bytes(content).ok());
    Some(Slot { format: *format, number: u64::from_le_bytes(*number), kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(term: u64) -> Vote {
        VoteForm::of_member(term, 1).into()
    }

    #[test]
    fn what_is_kept_survives_reopening_and_the_tearing_of_the_newest_slot() {
        let folder = tempfile::tempdir().unwrap();
        let spare = Spare::open(folder.path()).unwrap();
        assert!(spare.kept().vote().is_none());
        for term in [1, 2, 3] {
            spare.put_vote(&vote(term)).unwrap();
        }
        spare.put_vote(&vote(2)).unwrap();
        drop(spare);
        assert_eq!(Spare::open(folder.path()).unwrap().kept().vote(), Some(vote(3)));
        let path = folder.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        for at in SLOT..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            std::fs::write(&path, flipped).unwrap();
            assert_eq!(Spare::open(folder.path()).unwrap().kept().vote(), Some(vote(2)), "byte {at}");
        }
    }

    #[test]
    fn a_newer_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut slot = slot(7, &Kept::default()).unwrap();
        slot[0] = FORMAT + 1;
        let end = slot.len() - SUM;
        let sum = Checksum::default().bytes(&slot[..end]).sum();
        slot[end..].copy_from_slice(&sum.to_le_bytes());
        std::fs::write(folder.path().join(FILE), slot).unwrap();
        assert!(matches!(Spare::open(folder.path()), Err(OpenError::NewerFormat { found: 2, .. })));
    }
}
