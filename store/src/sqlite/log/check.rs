use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::row::COLUMNS;
use super::{FILE, LogRow};
use crate::raft::{LogId, Vote};
use crate::sqlite::OpenError;
use crate::sqlite::sql::int;

/// How many of the newest entries have their checksums verified at the start; older ones when they are read.
const VERIFIED: i64 = 256;

/// Checks that the log has no gap, that its newest entries (with `every`, all of them) are whole, that it begins
/// behind the purged part. Returns the newest entry and the newest one known to be committed.
pub(super) async fn check(
    reader: &mut SqliteConnection,
    purged: Option<LogId>,
    vote: Option<Vote>,
    every: bool,
) -> Result<(Option<LogId>, Option<LogId>), OpenError> {
    let sql = OpenError::sql(FILE);
    let damaged = |what: String| Err(OpenError::Damaged { file: FILE, what });
    let query = "SELECT COUNT(*), IFNULL(MIN(idx), 0), IFNULL(MAX(idx), 0) FROM log";
    let (count, first, last): (i64, i64, i64) = sqlx::query_as(query).fetch_one(&mut *reader).await.map_err(&sql)?;
    if count == 0 {
        return Ok((purged, purged));
    }
    if last - first + 1 != count {
        return damaged(format!("{count} entries between {first} and {last}: there is a gap"));
    }
    let expected = purged.map_or(0, |purged| int(purged.index) + 1);
    if first > expected {
        return damaged(format!("it begins at {first}, but only what precedes {expected} was purged"));
    }
    // The entry that makes a cluster is written before its only member votes for itself.
    if vote.is_none() && last > 0 {
        return damaged("it has entries but no vote".into());
    }
    let query = format!("SELECT {COLUMNS} FROM log WHERE idx > ? ORDER BY idx");
    let after = if every { -1 } else { last - VERIFIED };
    let mut newest = None;
    let mut rows = sqlx::query(AssertSqlSafe(query)).bind(after).fetch(&mut *reader);
    while let Some(row) = rows.try_next().await.map_err(&sql)? {
        let id = LogRow::read(&row)?.id;
        check_order(newest, id)?;
        newest = Some(id);
    }
    drop(rows);
    let committed = committed(reader, purged).await?;
    Ok((newest, committed))
}

/// The rows say, each, how far the log was committed when it was written.
async fn committed(reader: &mut SqliteConnection, purged: Option<LogId>) -> Result<Option<LogId>, OpenError> {
    let query = format!("SELECT {COLUMNS} FROM log WHERE idx = (SELECT committed - 1 FROM log ORDER BY idx DESC LIMIT 1)");
    let row = sqlx::query(AssertSqlSafe(query)).fetch_optional(reader).await.map_err(OpenError::sql(FILE))?;
    let known = row.as_ref().map(LogRow::read).transpose()?.map(|row| row.id);
    Ok(known.max(purged))
}

/// No entry was made by an earlier leader than the one before it: what a later leader replaced was cut off first.
pub(crate) fn check_order(before: Option<LogId>, id: LogId) -> Result<(), OpenError> {
    match before.filter(|before| before.leader_id.term > id.leader_id.term) {
        None => Ok(()),
        Some(before) => {
            let what = format!("entry {} of term {} follows one of term {}", id.index, id.leader_id.term, before.leader_id.term);
            Err(OpenError::Damaged { file: FILE, what })
        }
    }
}
