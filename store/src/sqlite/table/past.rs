use std::sync::Arc;

use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::time::Time;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use tokio::sync::Mutex;

use super::compact::{Horizons, read_since, used_bytes};
use super::row::{COMMIT, COMMIT_COLUMNS, OBJECT, OBJECT_COLUMNS};
use super::verify::verify_slice;
use super::{CommitRow, FILE, ObjectRow};
use crate::sqlite::OpenError;
use crate::sqlite::keyring::Keyring;
use crate::sqlite::sql::{int, uint};
use crate::{Expired, HistoryEntry, Kept, Order, Range};

/// Reads of the past beyond the window, from the tables.
#[derive(Debug)]
pub(crate) struct Past {
    connection: Mutex<Option<SqliteConnection>>,
    keyring: Arc<Keyring>,
}

/// Why a past read has no answer.
#[derive(Debug)]
pub(crate) enum PastError {
    /// It is no longer kept; the oldest revision that is comes with it.
    Gone(Revision),
    /// The file could not be read.
    Failed(OpenError),
}

impl From<OpenError> for PastError {
    fn from(error: OpenError) -> Self {
        Self::Failed(error)
    }
}

impl PastError {
    /// As the caller of a past read is told; a failed read is logged.
    pub fn expired(self, asked: Revision, newest: Revision) -> Expired {
        match self {
            Self::Gone(oldest) => Expired { asked, oldest, newest },
            Self::Failed(error) => {
                tracing::error!(%error, "reading the past");
                Expired { asked, oldest: newest, newest }
            }
        }
    }
}

impl Past {
    /// The past behind `connection`.
    pub fn new(connection: SqliteConnection, keyring: Arc<Keyring>) -> Self {
        Self { connection: Mutex::new(Some(connection)), keyring }
    }

    /// The object at `key` as of the commit that holds `revision`.
    pub async fn get_at(&self, key: &Key, revision: Revision) -> Result<Option<Arc<Object>>, PastError> {
        let listing = self.list_at(&Range::Key(key.clone()), revision).await?;
        Ok(listing.1.into_iter().next())
    }

    /// The objects of `range` as of the commit that holds `revision`, and that commit's end.
    ///
    /// Of changes without history the newest kept ones are shown; where a collection keeps none at all
    /// (its objects are created without history), it has no past.
    pub async fn list_at(&self, range: &Range, revision: Revision) -> Result<(Revision, Vec<Arc<Object>>), PastError> {
        let mut guard = self.connection.lock().await;
        let connection = guard.as_mut().ok_or_else(closed)?;
        let sql = OpenError::sql(FILE);
        let horizons = Horizons::read(connection).await?;
        if revision < horizons.long {
            return Err(PastError::Gone(horizons.long));
        }
        let end = end_of(connection, revision).await.map_err(&sql)?;
        let (condition, texts) = condition(range);
        let query = format!(
            "SELECT {OBJECT} FROM change WHERE {condition} AND rev <= ? AND NOT EXISTS (
                 SELECT 1 FROM change AS newer WHERE newer.resource = change.resource AND newer.namespace = change.namespace
                 AND newer.name = change.name AND newer.rev > change.rev AND newer.rev <= ?)
             ORDER BY resource, namespace, name"
        );
        let mut query = sqlx::query(AssertSqlSafe(query));
        for text in &texts {
            query = query.bind(text);
        }
        let rows = query.bind(int(end.0)).bind(int(end.0)).fetch_all(&mut *connection).await.map_err(&sql)?;
        let rows = self.rows(&rows)?;
        if end < horizons.short && !matches!(range, Range::All) && rows.iter().all(|row| !row.keep) {
            self.check_history(connection, &condition, &texts, horizons.short).await?;
        }
        Ok((end, rows.into_iter().filter(|row| !row.deleted).map(|row| row.object).collect()))
    }

    /// The kept changes of `range`, at most `limit`.
    pub async fn changes(&self, range: &Range, order: Order, limit: usize) -> Result<Vec<HistoryEntry>, PastError> {
        let mut guard = self.connection.lock().await;
        let connection = guard.as_mut().ok_or_else(closed)?;
        let (bound, than, direction) = match order {
            Order::NewestBefore(before) => (before, "<", "DESC"),
            Order::OldestAfter(after) => {
                let horizons = Horizons::read(connection).await?;
                if after < horizons.long {
                    return Err(PastError::Gone(horizons.long));
                }
                (after, ">", "ASC")
            }
        };
        let (condition, texts) = condition(range);
        let old = OBJECT.replace("change.", "old.");
        let query = format!(
            "SELECT {COMMIT}, {OBJECT}, {old} FROM change JOIN commits ON commits.last = change.last
             LEFT JOIN change AS old ON old.rev = change.previous
             WHERE change.rev IN (
                 SELECT rev FROM change WHERE {condition} AND rev {than} ? ORDER BY rev {direction} LIMIT ?)
             ORDER BY change.rev {direction}"
        );
        let mut query = sqlx::query(AssertSqlSafe(query));
        for text in &texts {
            query = query.bind(text);
        }
        let query = query.bind(int(bound.0)).bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = query.fetch_all(connection).await.map_err(OpenError::sql(FILE))?;
        rows.iter().map(|row| self.entry(row)).collect::<Result<_, _>>().map_err(PastError::Failed)
    }

    fn entry(&self, row: &SqliteRow) -> Result<HistoryEntry, OpenError> {
        const CHANGE: usize = COMMIT_COLUMNS;
        const OLD: usize = COMMIT_COLUMNS + OBJECT_COLUMNS;
        let CommitRow { end, time, actor, verb, manager, cause, .. } = CommitRow::read(row, 0)?;
        let ObjectRow { object, previous: replaced, deleted, .. } = ObjectRow::read(row, CHANGE, &self.keyring)?;
        let old: Option<i64> = row.try_get(OLD).map_err(OpenError::sql(FILE))?;
        let previous = old.map(|_| ObjectRow::read(row, OLD, &self.keyring)).transpose()?.map(|old| old.object);
        Ok(HistoryEntry { object, replaced, previous, deleted, commit: end, time, actor, verb, manager, cause })
    }

    /// The newest commit end at `time`.
    pub async fn revision_at(&self, time: Time) -> Result<Revision, PastError> {
        let mut guard = self.connection.lock().await;
        let connection = guard.as_mut().ok_or_else(closed)?;
        let long = Horizons::read(connection).await?.long;
        if read_since(connection).await?.is_some_and(|since| time < since) {
            return Err(PastError::Gone(long));
        }
        let found = newest_at(connection, time).await.map_err(OpenError::sql(FILE))?;
        Ok(found.max(long))
    }

    /// How far the tables reach back.
    pub async fn kept(&self, newest: Revision) -> Result<Kept, OpenError> {
        let mut guard = self.connection.lock().await;
        let connection = guard.as_mut().ok_or_else(closed)?;
        let oldest = Horizons::read(connection).await?.long;
        let since = read_since(connection).await?;
        let bytes = used_bytes(connection).await.map_err(OpenError::sql(FILE))?;
        Ok(Kept { oldest, since, newest, bytes })
    }

    /// Checks a slice of the rows behind the revision `after`: see [`verify_slice`]. `None`, too, where nothing can be read
    /// now.
    pub async fn verify(&self, after: i64) -> Result<Option<(i64, u64)>, OpenError> {
        match self.connection.lock().await.as_mut() {
            Some(connection) => verify_slice(connection, after).await,
            None => Ok(None),
        }
    }

    /// Reads through `connection` from now on.
    pub async fn reopen(&self, connection: SqliteConnection) {
        *self.connection.lock().await = Some(connection);
    }

    /// Closes the connection.
    pub async fn close(&self) {
        if let Some(connection) = self.connection.lock().await.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing state.db");
        }
    }

    fn rows(&self, rows: &[SqliteRow]) -> Result<Vec<ObjectRow>, OpenError> {
        rows.iter().map(|row| ObjectRow::read(row, 0, &self.keyring)).collect()
    }

    /// Refuses where the range holds changes without history: then what is missing may have been there.
    async fn check_history(
        &self,
        connection: &mut SqliteConnection,
        condition: &str,
        texts: &[String],
        short: Revision,
    ) -> Result<(), PastError> {
        let query = format!("SELECT EXISTS (SELECT 1 FROM change WHERE {condition} AND keep = 0)");
        let mut query = sqlx::query_scalar(AssertSqlSafe(query));
        for text in texts {
            query = query.bind(text);
        }
        let lossy: i64 = query.fetch_one(connection).await.map_err(OpenError::sql(FILE))?;
        if lossy == 0 { Ok(()) } else { Err(PastError::Gone(short)) }
    }
}

fn closed() -> OpenError {
    OpenError::Damaged { file: FILE, what: "it is closed".into() }
}

/// The end of the newest commit at `time`. Times grow with revisions, so halving finds it without an index.
pub(crate) async fn newest_at(connection: &mut SqliteConnection, time: Time) -> Result<Revision, sqlx::Error> {
    let newest: Option<i64> = sqlx::query_scalar("SELECT MAX(last) FROM commits").fetch_one(&mut *connection).await?;
    let (mut found, mut low, mut high) = (0, 0, newest.unwrap_or_default());
    while low < high {
        let middle = low + (high - low + 1) / 2;
        let query = sqlx::query_as("SELECT last, time FROM commits WHERE last <= ? ORDER BY last DESC LIMIT 1");
        let at: Option<(i64, i64)> = query.bind(middle).fetch_optional(&mut *connection).await?;
        match at {
            Some((last, then)) if then > time.as_micros() => high = last - 1,
            at => {
                found = at.map_or(found, |(last, _)| last);
                low = middle;
            }
        }
    }
    Ok(Revision(uint(found)))
}

/// The end of the commit that holds `revision`.
pub(crate) async fn end_of(connection: &mut SqliteConnection, revision: Revision) -> Result<Revision, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT MIN(last) FROM commits WHERE last >= ? AND first <= ?");
    let last: Option<i64> = query.bind(int(revision.0)).bind(int(revision.0)).fetch_one(connection).await?;
    Ok(last.map_or(revision, |last| Revision(uint(last))))
}

/// The condition for `range` and the texts it binds.
fn condition(range: &Range) -> (String, Vec<String>) {
    let columns = ["resource", "namespace", "name"];
    let texts: Vec<String> = match range {
        Range::All => vec![],
        Range::Resource(resource) => vec![resource.to_string()],
        Range::Namespace(resource, namespace) => vec![resource.to_string(), namespace.to_string()],
        Range::Key(key) => vec![key.resource.to_string(), key.namespace.to_string(), key.name.to_string()],
    };
    let terms: Vec<String> = columns.iter().take(texts.len()).map(|column| format!("change.{column} = ?")).collect();
    (if terms.is_empty() { "1".into() } else { terms.join(" AND ") }, texts)
}
