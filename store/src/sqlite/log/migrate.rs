use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::row::COLUMNS;
use super::{FILE, LogRow};
use crate::sqlite::OpenError;
use crate::sqlite::meta::sum_meta;
use crate::sqlite::sql::{execute, int, uint};

/// Rows taken together.
const SLICE: i64 = 500;

/// Brings a log of format 1 to format 2, in one transaction: checksums then cover `meta` and how far the log was
/// committed, too.
pub(super) async fn migrate(log: &mut SqliteConnection) -> Result<(), OpenError> {
    let sql = OpenError::sql(FILE);
    let mut transaction = log.begin_with("BEGIN IMMEDIATE").await.map_err(&sql)?;
    sum_meta(&mut transaction).await.map_err(&sql)?;
    let mut after = -1;
    let query = format!("SELECT {COLUMNS} FROM log WHERE idx > ? ORDER BY idx LIMIT ?");
    loop {
        let rows = sqlx::query(AssertSqlSafe(query.clone())).bind(after).bind(SLICE);
        let rows = rows.fetch_all(&mut *transaction).await.map_err(&sql)?;
        for row in &rows {
            let (read, crc) = LogRow::unchecked(row)?;
            if read.old_crc() != crc {
                let what = format!("entry {} has a wrong checksum", read.id.index);
                return Err(OpenError::Damaged { file: FILE, what });
            }
            after = int(read.id.index);
            let committed = uint(sqlx::Row::try_get(row, 6).map_err(&sql)?);
            let update = sqlx::query("UPDATE log SET crc = ? WHERE idx = ?").bind(read.crc(committed)).bind(after);
            update.execute(&mut *transaction).await.map_err(&sql)?;
        }
        if rows.is_empty() {
            break;
        }
    }
    execute(&mut transaction, "PRAGMA user_version = 2").await.map_err(&sql)?;
    transaction.commit().await.map_err(&sql)
}
