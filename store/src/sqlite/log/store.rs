use std::fmt::Debug;
use std::io;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use openraft::storage::{IOFlushed, LogState, RaftLogStorage};
use openraft::{OptionalSend, RaftLogReader};
use parking_lot::RwLock;
use tokio::sync::{mpsc, oneshot};

use super::{LogCommand, LogRow, OlderEntries, Tail};
use crate::raft::{Entry, LogId, Payload, TypeConfig, Vote};

/// The most entries read for one message to a peer.
const SENT_ENTRIES: u64 = 512;
/// A message to a peer that has reached so many bytes takes no more entries.
const SENT_BYTES: usize = 4 << 20;

/// Raft's view of the log: answers from memory, writes through the one writer.
#[derive(Clone, Debug)]
pub(crate) struct LogStore {
    tail: Arc<RwLock<Tail>>,
    older: Arc<dyn OlderEntries>,
    writer: mpsc::UnboundedSender<LogCommand>,
}

impl LogStore {
    /// The log whose newest part is `tail`, whose writer listens on `writer` and whose other entries are `older`.
    pub fn new(tail: Arc<RwLock<Tail>>, older: Arc<dyn OlderEntries>, writer: mpsc::UnboundedSender<LogCommand>) -> Self {
        Self { tail, older, writer }
    }

    /// Ends writer and reader, once everything handed over is written.
    pub async fn close(&self) {
        let _ = self.ask(LogCommand::Close).await;
        self.older.close().await;
    }

    /// Returns once everything handed over before is on disk.
    pub async fn flush(&self) -> io::Result<()> {
        self.ask(LogCommand::Flush).await
    }

    async fn ask(&self, command: impl FnOnce(oneshot::Sender<io::Result<()>>) -> LogCommand) -> io::Result<()> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply))?;
        answer.await.map_err(|_| ended())?
    }

    fn send(&self, command: LogCommand) -> io::Result<()> {
        self.writer.send(command).map_err(|_| ended())
    }
}

pub(super) fn ended() -> io::Error {
    io::Error::other("the log writer has ended")
}

/// What an entry weighs when it is sent.
fn payload_bytes(entry: &Entry) -> usize {
    match &entry.payload {
        Payload::Normal(proposal) => proposal.bytes.len(),
        _ => 0,
    }
}

impl RaftLogReader<TypeConfig> for LogStore {
    async fn try_get_log_entries<R>(&mut self, range: R) -> Result<Vec<Entry>, io::Error>
    where
        R: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        let start = match range.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(last) => last.saturating_add(1),
            Bound::Excluded(end) => *end,
            Bound::Unbounded => u64::MAX,
        };
        let (split, recent) = {
            let tail = self.tail.read();
            (tail.start().min(end), tail.read(start.max(tail.start()), end.min(tail.end())))
        };
        if start >= split {
            return Ok(recent);
        }
        let mut entries = self.older.read(start, split).await?;
        entries.extend(recent);
        Ok(entries)
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> Result<Vec<Entry>, io::Error> {
        let mut entries = self.try_get_log_entries(start..end.min(start.saturating_add(SENT_ENTRIES))).await?;
        let mut bytes = 0;
        let fitting = entries.iter().take_while(|entry| {
            let fits = bytes < SENT_BYTES;
            bytes += payload_bytes(entry);
            fits
        });
        let fitting = fitting.count();
        entries.truncate(fitting);
        Ok(entries)
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>, io::Error> {
        Ok(self.tail.read().vote)
    }
}

impl RaftLogStorage<TypeConfig> for LogStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<TypeConfig>, io::Error> {
        let tail = self.tail.read();
        Ok(LogState { last_purged_log_id: tail.purged, last_log_id: tail.last })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), io::Error> {
        self.ask(|reply| LogCommand::Vote(*vote, reply)).await?;
        self.tail.write().vote = Some(*vote);
        Ok(())
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<(), io::Error> {
        self.tail.write().committed = committed;
        Ok(())
    }

    async fn read_committed(&mut self) -> Result<Option<LogId>, io::Error> {
        Ok(self.tail.read().committed)
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<TypeConfig>) -> Result<(), io::Error>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut rows = Vec::new();
        let committed = {
            let mut tail = self.tail.write();
            for entry in entries {
                let row = LogRow::of(&entry)?;
                tail.push(entry, &row);
                rows.push(row);
            }
            tail.committed.map_or(0, |committed| committed.index + 1)
        };
        self.send(LogCommand::Append { rows, committed, done: callback })
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> Result<(), io::Error> {
        self.tail.write().truncate(last);
        self.ask(|reply| LogCommand::Truncate(last, reply)).await
    }

    async fn purge(&mut self, upto: LogId) -> Result<(), io::Error> {
        self.tail.write().purge(upto);
        // Not waited for: heartbeats and commits would wait too, and what is purged late is only kept longer.
        let (reply, _) = oneshot::channel();
        self.send(LogCommand::Purge(upto, reply))
    }
}
