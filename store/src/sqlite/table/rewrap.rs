use bytes::Bytes;
use kontiki_api::meta::Key;
use sqlx::{Connection, SqliteConnection};

use super::FILE;
use super::migrate::sum_change;
use crate::sqlite::OpenError;
use crate::sqlite::keyring::Keyring;
use crate::sqlite::sql::execute;

/// Changes looked at in one transaction.
const SLICE: i64 = 1_000;

type Row = (i64, String, String, String, Vec<u8>);

/// Puts the sealed values of one slice of changes after the revision `after` under the key that seals now; what lay in their place is
/// overwritten. Returns where to go on; `None` at the end.
pub(super) async fn rewrap(connection: &mut SqliteConnection, keyring: &Keyring, after: i64) -> Result<Option<i64>, OpenError> {
    let sql = OpenError::sql(FILE);
    let query = "SELECT MAX(rev) FROM (SELECT rev FROM change WHERE rev > ? ORDER BY rev LIMIT ?)";
    let end: Option<i64> = sqlx::query_scalar(query).bind(after).bind(SLICE).fetch_one(&mut *connection).await.map_err(&sql)?;
    let Some(end) = end else { return Ok(None) };
    let query = "SELECT rev, resource, namespace, name, value FROM change WHERE rev > ? AND rev <= ? AND sealed = 1";
    let rows: Vec<Row> = sqlx::query_as(query).bind(after).bind(end).fetch_all(&mut *connection).await.map_err(&sql)?;
    let mut renewed: Vec<(i64, Bytes)> = Vec::new();
    for (rev, resource, namespace, name, value) in rows {
        let key = Key::new(resource.as_str(), namespace.as_str(), name.as_str());
        let damaged = |error: crate::sqlite::keyring::SealError| OpenError::Damaged { file: FILE, what: error.to_string() };
        if let Some(value) = keyring.rewrap(&key, &value).map_err(damaged)? {
            renewed.push((rev, value));
        }
    }
    if !renewed.is_empty() {
        write(connection, &renewed).await.map_err(&sql)?;
    }
    Ok(Some(end))
}

async fn write(connection: &mut SqliteConnection, values: &[(i64, Bytes)]) -> Result<(), sqlx::Error> {
    execute(connection, "PRAGMA secure_delete = ON").await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for (rev, value) in values {
        replace_value(&mut transaction, *rev, value).await?;
    }
    transaction.commit().await
}

/// Puts `value` in the place of the sealed value of the change `rev`.
pub(super) async fn replace_value(connection: &mut SqliteConnection, rev: i64, value: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE change SET value = ? WHERE rev = ?").bind(value).bind(rev).execute(&mut *connection).await?;
    sum_change(connection, rev).await
}
