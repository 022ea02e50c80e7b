use sqlx::SqliteConnection;

use super::rewrap::replace_value;
use crate::destroyed::destruction;
use crate::machine::Record;
use crate::sqlite::keyring::DESTROYED;
use crate::sqlite::sql::{execute, int};

/// Destroys the keys that the notes among `records` tell of, in the tables as they are just behind these.
pub(super) async fn destroy<'a>(
    connection: &mut SqliteConnection,
    records: impl Iterator<Item = &'a Record>,
) -> Result<(), sqlx::Error> {
    for (key, below) in records.flat_map(|record| record.events.iter()).filter_map(|event| destruction(&event.object)) {
        execute(connection, "PRAGMA secure_delete = ON").await?;
        let query = "SELECT rev FROM change WHERE resource = ? AND namespace = ? AND name = ? AND rev < ? AND sealed = 1";
        let query = sqlx::query_scalar(query).bind(key.resource.as_str()).bind(&*key.namespace).bind(&*key.name);
        let revs: Vec<i64> = query.bind(int(below.0)).fetch_all(&mut *connection).await?;
        for rev in revs {
            replace_value(connection, rev, DESTROYED).await?;
        }
    }
    Ok(())
}
