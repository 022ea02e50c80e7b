use std::collections::VecDeque;

use super::LogRow;
use crate::raft::{Entry, LogId, Vote};

/// The most bytes of entries that stay in memory once they are on disk.
const KEPT_BYTES: usize = 4 << 20;

/// The newest entries and what else Raft asks of the log without waiting for the disk.
#[derive(Debug)]
pub(crate) struct Tail {
    entries: VecDeque<(Entry, usize)>,
    bytes: usize,
    /// The newest vote.
    pub vote: Option<Vote>,
    /// The newest purged entry.
    pub purged: Option<LogId>,
    /// The newest entry.
    pub last: Option<LogId>,
    /// The newest entry known to be committed.
    pub committed: Option<LogId>,
}

impl Tail {
    /// What a log says of itself when it is opened.
    pub fn starting(vote: Option<Vote>, purged: Option<LogId>, last: Option<LogId>, committed: Option<LogId>) -> Self {
        Self { entries: VecDeque::new(), bytes: 0, vote, purged, last, committed }
    }

    /// Adds an entry that is on its way to the disk as `row`.
    pub fn push(&mut self, entry: Entry, row: &LogRow) {
        self.last = Some(row.id);
        self.bytes += row.payload.len();
        self.entries.push_back((entry, row.payload.len()));
    }

    /// Everything up to `index` is on disk: the oldest may go.
    pub fn flushed(&mut self, index: u64) {
        while self.bytes > KEPT_BYTES && self.entries.front().is_some_and(|(entry, _)| entry.log_id.index <= index) {
            self.bytes -= self.entries.pop_front().map_or(0, |(_, bytes)| bytes);
        }
    }

    /// Forgets the entries after `last`.
    pub fn truncate(&mut self, last: Option<LogId>) {
        let keep = last.map_or(0, |last| last.index + 1);
        while self.entries.back().is_some_and(|(entry, _)| entry.log_id.index >= keep) {
            self.bytes -= self.entries.pop_back().map_or(0, |(_, bytes)| bytes);
        }
        self.last = last.max(self.purged);
    }

    /// Forgets the entries up to `upto`.
    pub fn purge(&mut self, upto: LogId) {
        while self.entries.front().is_some_and(|(entry, _)| entry.log_id.index <= upto.index) {
            self.bytes -= self.entries.pop_front().map_or(0, |(_, bytes)| bytes);
        }
        self.purged = Some(upto);
        self.last = self.last.max(self.purged);
    }

    /// The index from which entries are here.
    pub fn start(&self) -> u64 {
        let next = self.last.map_or(0, |last| last.index + 1);
        self.entries.front().map_or(next, |(entry, _)| entry.log_id.index)
    }

    /// The index behind the newest entry.
    pub fn end(&self) -> u64 {
        self.last.map_or(0, |last| last.index + 1)
    }

    /// The entries here from `start` up to and without `end`.
    pub fn read(&self, start: u64, end: u64) -> Vec<Entry> {
        let inside = |entry: &&(Entry, usize)| (start..end).contains(&entry.0.log_id.index);
        let skipped = usize::try_from(start.saturating_sub(self.start())).unwrap_or(usize::MAX);
        self.entries.iter().skip(skipped).take_while(inside).map(|(entry, _)| entry.clone()).collect()
    }
}
