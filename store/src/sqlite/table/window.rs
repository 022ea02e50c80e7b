use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use kontiki_api::meta::Revision;
use kontiki_api::time::Time;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::row::{COMMIT, COMMIT_COLUMNS, OBJECT};
use super::{CommitRow, FILE, ObjectRow, TableFile};
use crate::machine::{WindowLimits, counted, event_cost};
use crate::sqlite::OpenError;
use crate::sqlite::keyring::Keyring;
use crate::sqlite::sql::int;

/// A commit and its changes, newest first.
pub(super) type Group = (CommitRow, Vec<ObjectRow>);

/// Revisions that one reader reads before it leaves as many to the next.
const SLICE: u64 = 4096;
/// Readers of more than one slice: reading rows takes a processor, and so does decoding them.
const READERS: u64 = 2;
/// Rows handed over together,
const ROWS: usize = 256;
/// and bytes of values after which no more are.
const BYTES: usize = 512 << 10;
/// What a reader may be ahead, in such handfuls.
const AHEAD: usize = 16;

/// Where the window is read from, and how far back it may reach.
#[derive(Clone)]
pub(super) struct WindowSource {
    /// The tables.
    pub file: TableFile,
    /// Opens sealed values.
    pub keyring: Arc<Keyring>,
    /// How much the window holds.
    pub limits: WindowLimits,
    /// It begins behind this at the earliest,
    pub base: Revision,
    /// and ends with this,
    pub newest: Revision,
    /// which happened then.
    pub now: Time,
}

impl WindowSource {
    /// The newest commits within the limits, newest first.
    pub async fn read(self) -> Result<Vec<Group>, OpenError> {
        let span = self.newest.0.saturating_sub(self.base.0);
        let count = if span > SLICE { READERS } else { 1 };
        let mut gathered = Gathered { limits: self.limits, now: self.now, ..Gathered::default() };
        if span == 0 {
            return Ok(gathered.commits);
        }
        let (mut handfuls, mut readers) = (Vec::new(), Vec::new());
        for number in 0..count {
            let (rows, read) = mpsc::channel(AHEAD);
            let reader = Reader { source: self.clone(), number, count, rows };
            readers.push(tokio::spawn(reader.run()));
            handfuls.push(read);
        }
        let told = gathered.take_from(&mut handfuls).await;
        drop(handfuls);
        // Whoever opens the files anew must find them closed.
        for reader in readers {
            end(reader).await;
        }
        told.map(|()| gathered.whole())
    }
}

async fn end(reader: JoinHandle<()>) {
    if let Err(error) = reader.await {
        tracing::error!(%error, "reading the window");
    }
}

/// What a reader hands over.
enum Handful {
    /// The next rows of a slice, newest first.
    Rows(Vec<(CommitRow, ObjectRow)>),
    /// The slice has ended, which began behind this revision.
    End(u64),
}

/// Reads every `count`th slice of the window, on a connection of its own, until nobody listens.
struct Reader {
    source: WindowSource,
    number: u64,
    count: u64,
    rows: mpsc::Sender<Result<Handful, OpenError>>,
}

impl Reader {
    async fn run(self) {
        let mut connection = match self.source.file.connect().await {
            Ok(connection) => connection,
            Err(error) => return drop(self.rows.send(Err(error)).await),
        };
        let mut upto = self.source.newest.0.saturating_sub(self.number * SLICE);
        while upto > self.source.base.0 {
            let after = upto.saturating_sub(SLICE).max(self.source.base.0);
            let told = match self.slice(&mut connection, after, upto).await {
                Ok(()) => Ok(Handful::End(after)),
                Err(error) => Err(error),
            };
            let failed = told.is_err();
            if self.rows.send(told).await.is_err() || failed {
                break;
            }
            upto = upto.saturating_sub(self.count * SLICE);
        }
        if let Err(error) = connection.close().await {
            tracing::warn!(%error, "closing state.db");
        }
    }

    /// Hands over the changes in `(after, upto]`, newest first.
    async fn slice(&self, connection: &mut SqliteConnection, after: u64, upto: u64) -> Result<(), OpenError> {
        let sql = OpenError::sql(FILE);
        let query = format!(
            "SELECT {COMMIT}, {OBJECT} FROM change JOIN commits ON commits.last = change.last
             WHERE change.rev > ? AND change.rev <= ? ORDER BY change.rev DESC"
        );
        let mut rows = sqlx::query(AssertSqlSafe(query)).bind(int(after)).bind(int(upto)).fetch(connection);
        let (mut handful, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.try_next().await.map_err(&sql)? {
            let change = ObjectRow::read(&row, COMMIT_COLUMNS, &self.source.keyring)?;
            bytes += change.object.value.len();
            handful.push((CommitRow::read(&row, 0)?, change));
            if handful.len() == ROWS || bytes > BYTES {
                bytes = 0;
                if self.rows.send(Ok(Handful::Rows(std::mem::take(&mut handful)))).await.is_err() {
                    return Ok(());
                }
            }
        }
        // Where nobody listens any more, there is nothing to hand over.
        let _ = self.rows.send(Ok(Handful::Rows(handful))).await;
        Ok(())
    }
}

/// The commits so far, newest first, and what their limits are reckoned from.
#[derive(Default)]
struct Gathered {
    limits: WindowLimits,
    now: Time,
    commits: Vec<Group>,
    cost: usize,
    age: Duration,
    /// The revision before the oldest so far.
    expected: Option<u64>,
}

impl Gathered {
    /// Takes slices in turn from their readers, as long as the limits allow and none has a gap.
    async fn take_from(&mut self, readers: &mut [mpsc::Receiver<Result<Handful, OpenError>>]) -> Result<(), OpenError> {
        loop {
            for reader in &mut *readers {
                loop {
                    match reader.recv().await.transpose()? {
                        Some(Handful::Rows(rows)) => {
                            if !rows.into_iter().all(|(commit, change)| self.take(commit, change)) {
                                return Ok(());
                            }
                        }
                        Some(Handful::End(after)) if self.expected == Some(after) => break,
                        _ => return Ok(()),
                    }
                }
            }
        }
    }

    /// Takes the next older change in; `false` where it lies behind a limit, or a gap: then older changes have been
    /// compacted, and the window cannot reach across.
    fn take(&mut self, commit: CommitRow, change: ObjectRow) -> bool {
        let revision = change.object.revision.0;
        if self.expected.is_some_and(|expected| revision != expected) {
            return false;
        }
        self.expected = Some(revision.saturating_sub(1));
        let is_next = self.commits.last().is_none_or(|(newer, _)| newer.end != commit.end);
        if is_next {
            self.age += counted(commit.time, self.commits.last().map_or(self.now, |(newer, _)| newer.time));
            if self.age > self.limits.age || self.cost > self.limits.bytes {
                return false;
            }
            self.commits.push((commit, Vec::new()));
        }
        self.cost += event_cost(&change.object);
        if let Some((_, changes)) = self.commits.last_mut() {
            changes.push(change);
        }
        true
    }

    /// The commits that are whole: the gap may have cut one.
    fn whole(mut self) -> Vec<Group> {
        self.commits.retain(|(commit, changes)| changes.last().is_some_and(|oldest| oldest.object.revision == commit.first));
        self.commits
    }
}
