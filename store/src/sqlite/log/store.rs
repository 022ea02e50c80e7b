use std::fmt::Debug;
use std::io;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use openraft::storage::{IOFlushed, LogState, RaftLogStorage};
use openraft::{OptionalSend, RaftLogReader};
use parking_lot::RwLock;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{LogCommand, LogFile, LogRow, Tail};
use crate::sqlite::raft::{Entry, LogId, TypeConfig, Vote};

/// Raft's view of the log: answers from memory, writes through the one writer.
#[derive(Clone, Debug)]
pub(crate) struct LogStore {
    tail: Arc<RwLock<Tail>>,
    file: Arc<Mutex<Option<LogFile>>>,
    writer: mpsc::UnboundedSender<LogCommand>,
}

impl LogStore {
    /// The log in `file`, whose newest part is `tail` and whose writer listens on `writer`.
    pub fn new(tail: Arc<RwLock<Tail>>, file: LogFile, writer: mpsc::UnboundedSender<LogCommand>) -> Self {
        Self { tail, file: Arc::new(Mutex::new(Some(file))), writer }
    }

    /// Ends writer and reader, once everything handed over is written.
    pub async fn close(&self) {
        let _ = self.ask(LogCommand::Close).await;
        if let Some(file) = self.file.lock().await.take() {
            file.close().await;
        }
    }

    async fn ask(&self, command: impl FnOnce(oneshot::Sender<io::Result<()>>) -> LogCommand) -> io::Result<()> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply))?;
        answer.await.map_err(|_| ended())?
    }

    fn send(&self, command: LogCommand) -> io::Result<()> {
        self.writer.send(command).map_err(|_| ended())
    }

    async fn read_file(&self, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        let mut file = self.file.lock().await;
        let file = file.as_mut().ok_or_else(ended)?;
        file.read(start, end).await.map_err(io::Error::other)
    }
}

fn ended() -> io::Error {
    io::Error::other("the log writer has ended")
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
        let mut entries = self.read_file(start, split).await?;
        entries.extend(recent);
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
        self.ask(|reply| LogCommand::Purge(upto, reply)).await
    }
}
