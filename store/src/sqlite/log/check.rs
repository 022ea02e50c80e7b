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
/// behind the purged part. Returns the newest entry and the newest one known to be committed. What is purged and not
/// deleted yet is no part of it: behind a snapshot of a peer, which may reach farther than the log did, it begins anew.
pub(super) async fn check(
    reader: &mut SqliteConnection,
    purged: Option<LogId>,
    vote: Option<Vote>,
    every: bool,
) -> Result<(Option<LogId>, Option<LogId>), OpenError> {
    let sql = OpenError::sql(FILE);
    let damaged = |what: String| Err(OpenError::Damaged { file: FILE, what });
    let before = purged.map_or(-1, |purged| int(purged.index));
    let query = "SELECT COUNT(*), IFNULL(MIN(idx), 0), IFNULL(MAX(idx), 0) FROM log WHERE idx > ?";
    let read = sqlx::query_as(query).bind(before).fetch_one(&mut *reader).await;
    let (count, first, last): (i64, i64, i64) = read.map_err(&sql)?;
    if count == 0 {
        return Ok((purged, purged));
    }
    if last - first + 1 != count {
        return damaged(format!("{count} entries between {first} and {last}: there is a gap"));
    }
    if first > before + 1 {
        return damaged(format!("it begins at {first}, but only what precedes {} was purged", before + 1));
    }
    // The entry that makes a cluster is written before its only member votes for itself.
    if vote.is_none() && last > 0 {
        return damaged("it has entries but no vote".into());
    }
    let query = format!("SELECT {COLUMNS} FROM log WHERE idx > ? ORDER BY idx");
    let after = if every { before } else { before.max(last - VERIFIED) };
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::LogFile;
    use super::*;
    use crate::raft::LeaderId;
    use crate::sqlite::format::{LogIdForm, VoteForm};
    use crate::sqlite::meta::write_meta;

    fn id(index: u64) -> LogId {
        LogId::new(LeaderId { term: 1, node_id: 1 }, index)
    }

    /// Where a log ends that holds `entries`, of which those up to `purged` are not needed.
    async fn end(entries: &[u64], purged: u64) -> Result<Option<u64>, OpenError> {
        let folder = tempfile::tempdir().unwrap();
        let (file, _) = LogFile::open(folder.path(), true).await.unwrap();
        let mut writer = file.writer().await.unwrap();
        for index in entries {
            let row = LogRow { id: id(*index), kind: 0, payload: Bytes::new() };
            let query = sqlx::query("INSERT INTO log VALUES (?, 1, 1, 0, x'', ?, 0)").bind(int(*index)).bind(row.crc(0));
            query.execute(&mut writer).await.unwrap();
        }
        write_meta(&mut writer, "vote", &VoteForm::from(&Vote { leader_id: LeaderId { term: 1, node_id: 1 }, committed: true }))
            .await
            .unwrap();
        write_meta(&mut writer, "purged", &LogIdForm::from(&id(purged))).await.unwrap();
        sqlx::Connection::close(writer).await.unwrap();
        file.close().await;
        let (file, tail) = LogFile::open(folder.path(), true).await?;
        file.close().await;
        Ok(tail.last.map(|last| last.index))
    }

    #[tokio::test]
    async fn what_is_left_of_the_purged_part_is_neither_its_end_nor_a_gap() {
        assert_eq!(end(&[1, 2, 3], 9).await.unwrap(), Some(9));
        assert_eq!(end(&[1, 2, 3, 10, 11], 9).await.unwrap(), Some(11));
        assert_eq!(end(&[8, 9, 10, 11], 9).await.unwrap(), Some(11));
        assert_eq!(end(&[10, 11], 9).await.unwrap(), Some(11));
    }

    #[tokio::test]
    async fn a_gap_behind_the_purged_part_is_found() {
        for entries in [&[11, 12][..], &[1, 2, 3, 11], &[10, 12]] {
            assert!(matches!(end(entries, 9).await, Err(OpenError::Damaged { .. })), "{entries:?}");
        }
    }
}
