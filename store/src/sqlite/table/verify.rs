use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::row::{COMMIT, OBJECT, OBJECT_COLUMNS, check_change};
use super::{CommitRow, FILE};
use crate::sqlite::OpenError;

/// Rows taken together.
const SLICE: i64 = 500;

/// Checks every row of the past and the structure of the file.
pub(crate) async fn verify(tables: &mut SqliteConnection) -> Result<(), OpenError> {
    let sql = OpenError::sql(FILE);
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(3)").fetch_all(&mut *tables).await.map_err(&sql)?;
    if found.first().is_some_and(|first| first != "ok") {
        return Err(OpenError::Damaged { file: FILE, what: found.join("; ") });
    }
    let mut after = -1;
    while let Some(last) = verify_slice(tables, after).await? {
        after = last;
    }
    Ok(())
}

/// Checks a slice of the past behind the revision `after`: changes and the commits that made them. Returns where it
/// ends; `None` behind the last.
async fn verify_slice(tables: &mut SqliteConnection, after: i64) -> Result<Option<i64>, OpenError> {
    let sql = OpenError::sql(FILE);
    let query = format!(
        "SELECT {OBJECT}, {COMMIT} FROM change LEFT JOIN commits ON commits.last = change.last
         WHERE change.rev > ? ORDER BY change.rev LIMIT ?"
    );
    let rows = sqlx::query(AssertSqlSafe(query)).bind(after).bind(SLICE).fetch_all(tables).await.map_err(&sql)?;
    let mut last = None;
    for row in &rows {
        check_change(row, 0)?;
        CommitRow::read(row, OBJECT_COLUMNS)?;
        last = Some(row.try_get(0).map_err(&sql)?);
    }
    Ok(last)
}
