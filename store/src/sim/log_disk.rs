use std::collections::VecDeque;

use bytes::Bytes;

use super::dice::Dice;
use crate::raft::{LogId, Vote};
use crate::sqlite::format::{LogIdForm, VoteForm};
use crate::sqlite::log::LogRow;

/// After so many bytes the file is written anew.
const REWRITE: usize = 1 << 20;

/// The log's file: records with checksums, one behind the other. A crash keeps what was synced, and of the rest a
/// beginning, perhaps with holes. What lies behind the first unreadable record is gone.
#[derive(Debug, Default)]
pub struct LogDisk {
    bytes: Vec<u8>,
    synced: usize,
    /// Entries that were written, not synced, each with where its record ends.
    unsynced: VecDeque<(usize, u64)>,
    /// A sync has failed: what was written since the last good one looks written, and no sync brings it to the disk.
    stuck: bool,
    /// What has been written, whether it is safe or not.
    pub content: Content,
}

/// What the records say.
#[derive(Debug, Default)]
pub struct Content {
    pub vote: Option<Vote>,
    pub purged: Option<LogId>,
    pub rows: VecDeque<LogRow>,
    /// The index behind the newest entry that is known to be committed.
    pub committed: u64,
}

/// One thing that is written.
#[derive(Debug)]
pub enum Write {
    Row(LogRow, u64),
    Vote(Vote),
    Truncate(Option<LogId>),
    Purge(LogId),
}

/// The checksum of a row as it is: it hangs on chance where a value is sealed, and must not make the record longer.
type Form = (u8, Option<LogIdForm>, Option<VoteForm>, u8, u64, [u8; 8]);

impl LogDisk {
    /// Writes, without making it safe.
    pub fn write(&mut self, write: Write) {
        encode(&write, &mut self.bytes);
        if let Write::Row(row, _) = &write {
            self.unsynced.push_back((self.bytes.len(), row.id.index));
        }
        self.content.take(write);
    }

    /// Whether no crash takes the entries up to `index` away.
    pub fn holds(&self, index: u64) -> bool {
        self.unsynced.iter().all(|(_, unsynced)| *unsynced > index)
    }

    /// A sync fails.
    pub fn fail_sync(&mut self) {
        self.stuck = true;
    }

    /// Everything is written anew, into another file.
    pub fn renew(&mut self) {
        self.stuck = false;
        self.rewrite();
    }

    /// Everything is lost but the vote, of which there is a second copy.
    pub fn lose(&mut self) {
        self.content = Content { vote: self.content.vote, ..Content::default() };
        self.renew();
    }

    /// How far the file goes.
    pub fn end(&self) -> usize {
        self.bytes.len()
    }

    /// Everything up to `end` is safe.
    pub fn sync(&mut self, end: usize) {
        if self.stuck {
            return;
        }
        self.synced = self.synced.max(end.min(self.bytes.len()));
        while self.unsynced.front().is_some_and(|(end, _)| *end <= self.synced) {
            self.unsynced.pop_front();
        }
        if self.synced == self.bytes.len() && self.bytes.len() > REWRITE {
            self.rewrite();
        }
    }

    /// What a crash leaves; it is read again.
    pub fn crash(&mut self, dice: &mut Dice) {
        let kept = dice.between(self.synced as u64, self.bytes.len() as u64);
        self.bytes.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
        if self.bytes.len() > self.synced && dice.chance(300) {
            let hole = dice.between(self.synced as u64, kept - 1);
            self.bytes.iter_mut().skip(usize::try_from(hole).unwrap_or(usize::MAX)).take(512).for_each(|byte| *byte = 0);
        }
        self.read();
    }

    /// Reads the file and cuts what is unreadable.
    fn read(&mut self) {
        self.content = Content::default();
        let mut at = 0;
        while let Some((write, length)) = decode(self.bytes.get(at..).unwrap_or_default()) {
            self.content.take(write);
            at += length;
        }
        self.bytes.truncate(at);
        self.synced = at;
        self.stuck = false;
        self.unsynced.clear();
    }

    fn rewrite(&mut self) {
        let mut bytes = Vec::new();
        self.content.vote.iter().for_each(|vote| encode(&Write::Vote(*vote), &mut bytes));
        self.content.purged.iter().for_each(|purged| encode(&Write::Purge(*purged), &mut bytes));
        for row in &self.content.rows {
            encode(&Write::Row(row.clone(), self.content.committed), &mut bytes);
        }
        (self.synced, self.bytes) = (bytes.len(), bytes);
        self.unsynced.clear();
    }
}

impl Content {
    /// The newest entry.
    pub fn last(&self) -> Option<LogId> {
        self.rows.back().map(|row| row.id).max(self.purged)
    }

    /// The newest entry that is known to be committed.
    pub fn committed(&self) -> Option<LogId> {
        let row = self.rows.iter().rev().find(|row| row.id.index < self.committed);
        row.map(|row| row.id).or(self.purged)
    }

    fn take(&mut self, write: Write) {
        match write {
            Write::Row(row, committed) => {
                // Where the log was not cut before, the entry takes the place of the one that is there.
                let first = self.rows.front().map_or(row.id.index, |first| first.id.index);
                let place = usize::try_from(row.id.index.saturating_sub(first)).unwrap_or(usize::MAX);
                match self.rows.get_mut(place) {
                    Some(old) => *old = row,
                    None => self.rows.push_back(row),
                }
                self.committed = self.committed.max(committed);
            }
            Write::Vote(vote) => self.vote = Some(vote),
            Write::Truncate(last) => {
                let keep = last.map_or(0, |last| last.index + 1);
                while self.rows.back().is_some_and(|row| row.id.index >= keep) {
                    self.rows.pop_back();
                }
            }
            Write::Purge(upto) => {
                while self.rows.front().is_some_and(|row| row.id.index <= upto.index) {
                    self.rows.pop_front();
                }
                self.purged = Some(upto);
            }
        }
    }
}

/// Checksum, length, head, payload.
fn encode(write: &Write, out: &mut Vec<u8>) {
    let id = |id: &LogId| Some(LogIdForm::from(id));
    let (form, payload): (Form, &[u8]) = match write {
        Write::Row(row, committed) => {
            ((0, id(&row.id), None, row.kind, *committed, row.crc(*committed).to_le_bytes()), &row.payload)
        }
        Write::Vote(vote) => ((1, None, Some(VoteForm::from(vote)), 0, 0, [0; 8]), &[]),
        Write::Truncate(last) => ((2, last.as_ref().and_then(id), None, 0, 0, [0; 8]), &[]),
        Write::Purge(upto) => ((3, id(upto), None, 0, 0, [0; 8]), &[]),
    };
    let head = postcard::to_allocvec(&form).unwrap();
    let mut hasher = crc32fast::Hasher::new();
    let lengths = [u32::try_from(head.len()).unwrap(), u32::try_from(payload.len()).unwrap()];
    lengths.iter().for_each(|length| hasher.update(&length.to_le_bytes()));
    hasher.update(&head);
    hasher.update(payload);
    out.extend_from_slice(&hasher.finalize().to_le_bytes());
    lengths.iter().for_each(|length| out.extend_from_slice(&length.to_le_bytes()));
    out.extend_from_slice(&head);
    out.extend_from_slice(payload);
}

fn decode(bytes: &[u8]) -> Option<(Write, usize)> {
    let (crc, rest) = bytes.split_first_chunk::<4>()?;
    let (head_length, after) = rest.split_first_chunk::<4>()?;
    let (payload_length, after) = after.split_first_chunk::<4>()?;
    let (head_length, payload_length) = (u32::from_le_bytes(*head_length), u32::from_le_bytes(*payload_length));
    let (head, after) = after.split_at_checked(head_length as usize)?;
    let (payload, _) = after.split_at_checked(payload_length as usize)?;
    let checked = rest.get(..8 + head.len() + payload.len())?;
    if head.is_empty() || crc32fast::hash(checked) != u32::from_le_bytes(*crc) {
        return None;
    }
    let (tag, id, vote, kind, committed, crc): Form = postcard::from_bytes(head).ok()?;
    let id = id.map(LogId::from);
    let write = match tag {
        0 => {
            let row = LogRow { id: id?, kind, payload: Bytes::copy_from_slice(payload) };
            assert_eq!(row.crc(committed).to_le_bytes(), crc, "a row changed on its way");
            Write::Row(row, committed)
        }
        1 => Write::Vote(vote?.into()),
        2 => Write::Truncate(id),
        _ => Write::Purge(id?),
    };
    Some((write, 12 + head.len() + payload.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::LeaderId;

    fn row(index: u64, payload: &'static str) -> Write {
        let id = LogId::new(LeaderId { term: 1, node_id: 1 }, index);
        Write::Row(LogRow { id, kind: 0, payload: Bytes::from_static(payload.as_bytes()) }, index)
    }

    #[test]
    fn a_crash_keeps_what_was_synced_and_whole_records_only() {
        for seed in 0..200 {
            let mut disk = LogDisk::default();
            disk.write(row(1, "one"));
            disk.write(row(2, "two"));
            disk.sync(disk.end());
            disk.write(Write::Truncate(Some(LogId::new(LeaderId { term: 1, node_id: 1 }, 1))));
            disk.write(row(2, "another"));
            disk.write(row(3, "three"));
            disk.crash(&mut Dice::new(seed));
            let payloads: Vec<_> = disk.content.rows.iter().map(|row| row.payload.clone()).collect();
            let possible: [&[&str]; 4] = [&["one", "two"], &["one"], &["one", "another"], &["one", "another", "three"]];
            assert!(possible.iter().any(|possible| payloads == *possible), "{payloads:?}");
        }
    }
}
