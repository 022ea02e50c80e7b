use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::row::{COMMIT, OBJECT, OBJECT_COLUMNS, check_change};
use super::{CommitRow, FILE};
use crate::sqlite::OpenError;

/// Rows taken together,
const SLICE: i64 = 500;
/// and bytes of values after which no more are.
const SLICE_BYTES: usize = 1 << 20;

/// Checks every row of the past and the structure of the file.
pub(crate) async fn verify(tables: &mut SqliteConnection) -> Result<(), OpenError> {
    let sql = OpenError::sql(FILE);
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(3)").fetch_all(&mut *tables).await.map_err(&sql)?;
    if found.first().is_some_and(|first| first != "ok") {
        return Err(OpenError::Damaged { file: FILE, what: found.join("; ") });
    }
    verify_rows(tables).await
}

/// Checks every row of the past.
pub(super) async fn verify_rows(tables: &mut SqliteConnection) -> Result<(), OpenError> {
    let mut after = -1;
    while let Some((last, _)) = verify_slice(tables, after).await? {
        after = last;
    }
    Ok(())
}

/// Checks a slice of the past behind the revision `after`: changes and the commits that made them. Returns where it
/// ends, and how many rows it had; `None` behind the last.
pub(super) async fn verify_slice(tables: &mut SqliteConnection, after: i64) -> Result<Option<(i64, u64)>, OpenError> {
    let sql = OpenError::sql(FILE);
    let query = format!(
        "SELECT {OBJECT}, {COMMIT} FROM change LEFT JOIN commits ON commits.last = change.last
         WHERE change.rev > ? ORDER BY change.rev LIMIT ?"
    );
    let mut rows = sqlx::query(AssertSqlSafe(query)).bind(after).bind(SLICE).fetch(tables);
    let (mut last, mut bytes, mut count) = (None, 0, 0);
    while bytes < SLICE_BYTES
        && let Some(row) = rows.try_next().await.map_err(&sql)?
    {
        bytes += check_change(&row, 0)?.value.len();
        CommitRow::read(&row, OBJECT_COLUMNS)?;
        last = Some(row.try_get(0).map_err(&sql)?);
        count += 1;
    }
    Ok(last.map(|last| (last, count)))
}
