use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use super::FILE;
use super::file::FORMAT;
use super::sums::{ChangeFields, CommitFields, CurrentSum, counter_sum};
use crate::sqlite::OpenError;
use crate::sqlite::meta::{sum_meta, write_meta};
use crate::sqlite::sql::execute;

/// What [`change_sum`] reads.
const CHANGE: &str =
    "SELECT rev, last, resource, namespace, name, previous, deleted, sealed, keep, splice, head, value FROM change";
/// Rows taken together.
const SLICE: i64 = 500;
/// Under which name the sum of `current` is written down.
pub(super) const CURRENT: &str = "current";

/// Brings tables of an older format to this one, in one transaction. Format 1 had no checksums.
pub(crate) async fn migrate(tables: &mut SqliteConnection) -> Result<(), OpenError> {
    let sql = OpenError::sql(FILE);
    let found: u32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *tables).await.map_err(&sql)?;
    if found > FORMAT {
        return Err(OpenError::NewerFormat { file: FILE, found, known: FORMAT });
    }
    if found == 1 {
        tracing::info!("bringing state.db from format 1 to format {FORMAT}");
        add_sums(tables).await.map_err(&sql)?;
    }
    Ok(())
}

async fn add_sums(tables: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut transaction = tables.begin_with("BEGIN IMMEDIATE").await?;
    execute(
        &mut transaction,
        "ALTER TABLE change ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE commits ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE counter ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;",
    )
    .await?;
    fill(&mut transaction, CHANGE, "change", "rev", change_sum).await?;
    fill(&mut transaction, "SELECT last, first, time, verb, id, manager, origin FROM commits", "commits", "last", commit_sum)
        .await?;
    let counters: Vec<(String, i64)> = sqlx::query_as("SELECT name, value FROM counter").fetch_all(&mut *transaction).await?;
    for (name, value) in counters {
        let query = sqlx::query("UPDATE counter SET crc = ? WHERE name = ?").bind(counter_sum(&name, value)).bind(name);
        query.execute(&mut *transaction).await?;
    }
    sum_meta(&mut transaction).await?;
    write_current(&mut transaction).await?;
    execute(&mut transaction, "PRAGMA user_version = 2").await?;
    transaction.commit().await
}

/// Writes down the sum of `current` as it is.
pub(crate) async fn write_current(tables: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let current: Vec<i64> = sqlx::query_scalar("SELECT rev FROM current").fetch_all(&mut *tables).await?;
    write_meta(tables, CURRENT, &CurrentSum::of(current)).await
}

/// Puts the sum of the change `rev` as it is now into its row.
pub(super) async fn sum_change(tables: &mut SqliteConnection, rev: i64) -> Result<(), sqlx::Error> {
    let query = format!("{CHANGE} WHERE rev = ?");
    let row = sqlx::query(AssertSqlSafe(query)).bind(rev).fetch_one(&mut *tables).await?;
    let (_, crc) = change_sum(&row)?;
    sqlx::query("UPDATE change SET crc = ? WHERE rev = ?").bind(crc).bind(rev).execute(tables).await.map(|_| ())
}

/// Puts into every row of `table`, found by its key column `id`, the sum of what `select` says of it.
async fn fill(
    tables: &mut SqliteConnection,
    select: &str,
    table: &str,
    id: &str,
    sum: fn(&SqliteRow) -> Result<(i64, i64), sqlx::Error>,
) -> Result<(), sqlx::Error> {
    let select = format!("{select} WHERE {id} > ? ORDER BY {id} LIMIT ?");
    let update = format!("UPDATE {table} SET crc = ? WHERE {id} = ?");
    let mut after = i64::MIN;
    loop {
        let rows = sqlx::query(AssertSqlSafe(select.clone())).bind(after).bind(SLICE).fetch_all(&mut *tables).await?;
        for row in &rows {
            let (number, crc) = sum(row)?;
            after = number;
            sqlx::query(AssertSqlSafe(update.clone())).bind(crc).bind(number).execute(&mut *tables).await?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

fn change_sum(row: &SqliteRow) -> Result<(i64, i64), sqlx::Error> {
    let rev = row.try_get(0)?;
    let fields = ChangeFields {
        rev,
        last: row.try_get(1)?,
        key: [row.try_get(2)?, row.try_get(3)?, row.try_get(4)?],
        previous: row.try_get(5)?,
        numbers: [row.try_get(6)?, row.try_get(7)?, row.try_get(8)?, row.try_get(9)?],
        head: row.try_get(10)?,
        value: row.try_get(11)?,
    };
    Ok((rev, fields.sum()))
}

fn commit_sum(row: &SqliteRow) -> Result<(i64, i64), sqlx::Error> {
    let numbers: [i64; 4] = [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?];
    let fields = CommitFields { numbers, id: row.try_get(4)?, manager: row.try_get(5)?, origin: row.try_get(6)? };
    Ok((row.try_get(0)?, fields.sum()))
}
