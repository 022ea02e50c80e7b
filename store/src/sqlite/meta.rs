use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::OpenError;
use super::checksum::Checksum;

/// Bytes of the checksum behind every value in `meta`.
const SUM: usize = 4;

/// The value under `name` in `meta` of `file`.
pub(crate) async fn read_meta<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    file: &'static str,
    name: &'static str,
) -> Result<Option<T>, OpenError> {
    let query = sqlx::query_scalar("SELECT v FROM meta WHERE k = ?").bind(name);
    let bytes: Option<Vec<u8>> = query.fetch_optional(connection).await.map_err(OpenError::sql(file))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let damaged = |what: &str| OpenError::Damaged { file, what: format!("{name} {what}") };
    let value = checked(name, &bytes).ok_or_else(|| damaged("has a wrong checksum"))?;
    postcard::from_bytes(value).map(Some).map_err(|_| damaged("is undecodable"))
}

/// The value under `name` in `meta` of any format: its checksum, which older ones have not, is not looked at.
pub(crate) async fn peek_meta<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    name: &'static str,
) -> Result<Option<T>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT v FROM meta WHERE k = ?").bind(name);
    let bytes: Option<Vec<u8>> = query.fetch_optional(connection).await?;
    Ok(bytes.and_then(|bytes| postcard::from_bytes(&bytes).ok()))
}

/// Puts `value` under `name` in `meta`.
pub(crate) async fn write_meta(
    connection: &mut SqliteConnection,
    name: &'static str,
    value: &impl Serialize,
) -> Result<(), sqlx::Error> {
    let bytes = postcard::to_allocvec(value).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let query = sqlx::query("INSERT OR REPLACE INTO meta (k, v) VALUES (?, ?)").bind(name).bind(summed(name, bytes));
    query.execute(connection).await.map(|_| ())
}

/// Puts checksums behind the values of a `meta` of a format that had none.
pub(crate) async fn sum_meta(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let rows: Vec<(String, Vec<u8>)> = sqlx::query_as("SELECT k, v FROM meta").fetch_all(&mut *connection).await?;
    for (name, value) in rows {
        let query = sqlx::query(AssertSqlSafe("UPDATE meta SET v = ? WHERE k = ?")).bind(summed(&name, value)).bind(name);
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

fn sum(name: &str, value: &[u8]) -> [u8; SUM] {
    Checksum::default().bytes(name.as_bytes()).bytes(value).sum().to_le_bytes()
}

fn summed(name: &str, mut value: Vec<u8>) -> Vec<u8> {
    let sum = sum(name, &value);
    value.extend_from_slice(&sum);
    value
}

fn checked<'a>(name: &str, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let (value, found) = bytes.split_last_chunk::<SUM>()?;
    (sum(name, value) == *found).then_some(value)
}
