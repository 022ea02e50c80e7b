use kontiki_api::meta::Revision;
use kontiki_api::time::Time;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Connection, SqliteConnection};

use super::FILE;
use super::file::read_meta;
use crate::sqlite::meta::write_meta;
use crate::sqlite::sql::{chunks, execute, int, places, uint};
use crate::sqlite::{OpenError, Retention};

/// Changes looked at in one transaction.
const SLICE: i64 = 500;
/// Free pages (of 4 KiB) that stay with the file.
const KEPT_PAGES: i64 = 256;

/// How far the past has been thinned out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Horizons {
    /// Replaced values without history are gone below this.
    #[serde(with = "number")]
    pub short: Revision,
    /// All replaced values are gone below this.
    #[serde(with = "number")]
    pub long: Revision,
}

mod number {
    use kontiki_api::meta::Revision;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(revision: &Revision, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(revision.0)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Revision, D::Error> {
        u64::deserialize(deserializer).map(Revision)
    }
}

impl Horizons {
    /// What the tables say.
    pub async fn read(connection: &mut SqliteConnection) -> Result<Self, OpenError> {
        Ok(read_meta(connection, "horizons").await?.unwrap_or_default())
    }
}

/// Thins out the past by one slice. `floor` is the oldest revision the window needs. Returns whether
/// there is more to do.
pub(super) async fn compact(
    connection: &mut SqliteConnection,
    floor: Revision,
    now_us: i64,
    retention: Retention,
) -> Result<bool, OpenError> {
    let sql = OpenError::sql(FILE);
    let mut horizons = Horizons::read(connection).await?;
    let oldest_kept = now_us.saturating_sub(i64::try_from(retention.age.as_micros()).unwrap_or(i64::MAX));
    let too_large = used_bytes(connection).await.map_err(&sql)? > retention.bytes;
    let short = slice_end(connection, horizons.short, floor).await.map_err(&sql)?;
    let long = long_horizon(connection, horizons.long, floor, oldest_kept, too_large).await.map_err(&sql)?;
    if short <= horizons.short && long <= horizons.long {
        return Ok(false);
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(&sql)?;
    if short > horizons.short {
        thin(&mut transaction, horizons.short, short, true).await.map_err(&sql)?;
        horizons.short = short;
    }
    if long > horizons.long {
        // Times never go back.
        let since = sqlx::query_scalar("SELECT time FROM commits WHERE last <= ? ORDER BY last DESC LIMIT 1").bind(int(long.0));
        let since: Option<i64> = since.fetch_optional(&mut *transaction).await.map_err(&sql)?;
        write_meta(&mut transaction, "since", &since).await.map_err(&sql)?;
        thin(&mut transaction, horizons.long, long, false).await.map_err(&sql)?;
        horizons.long = long;
    }
    write_meta(&mut transaction, "horizons", &horizons).await.map_err(&sql)?;
    transaction.commit().await.map_err(&sql)?;
    Ok(true)
}

/// Gives a slice of free pages back to the disk, but for some that the next writes take. Returns whether there are
/// more.
pub(super) async fn shrink(connection: &mut SqliteConnection) -> Result<bool, OpenError> {
    let sql = OpenError::sql(FILE);
    let query = "SELECT (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM pragma_freelist_count)";
    let (pages, free): (i64, i64) = sqlx::query_as(query).fetch_one(&mut *connection).await.map_err(&sql)?;
    if free <= (pages / 8).max(KEPT_PAGES) {
        return Ok(false);
    }
    execute(connection, "PRAGMA incremental_vacuum(256)").await.map_err(&sql)?;
    Ok(true)
}

/// The end of the next slice of commits that are too old, or of the oldest ones where too much is kept.
async fn long_horizon(
    connection: &mut SqliteConnection,
    from: Revision,
    floor: Revision,
    oldest_kept_us: i64,
    too_large: bool,
) -> Result<Revision, sqlx::Error> {
    let upto = slice_end(connection, from, floor).await?.0;
    let time = if too_large { i64::MAX } else { oldest_kept_us };
    let query = sqlx::query_scalar("SELECT MAX(last) FROM commits WHERE last > ? AND last <= ? AND time < ?");
    let last: Option<i64> = query.bind(int(from.0)).bind(int(upto)).bind(time).fetch_one(&mut *connection).await?;
    if let Some(last) = last {
        return Ok(Revision(uint(last)));
    }
    let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM commits WHERE last > ? AND last <= ?)");
    let newer: bool = query.bind(int(from.0)).bind(int(upto)).fetch_one(connection).await?;
    Ok(if newer || upto >= floor.0 { from } else { Revision(upto) })
}

/// The revision up to which a slice behind `from` goes: so many changes, however far apart they are.
async fn slice_end(connection: &mut SqliteConnection, from: Revision, floor: Revision) -> Result<Revision, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT rev FROM change WHERE rev > ? ORDER BY rev LIMIT 1 OFFSET ?");
    let last: Option<i64> = query.bind(int(from.0)).bind(SLICE).fetch_optional(connection).await?;
    Ok(last.map_or(floor, |last| Revision(uint(last))).min(floor))
}

/// Deletes what changes in `(from, upto]` replaced, deletions that leave nothing behind, and the commits
/// of which nothing is left; with `only_lossy` only changes without history.
async fn thin(connection: &mut SqliteConnection, from: Revision, upto: Revision, only_lossy: bool) -> Result<(), sqlx::Error> {
    let which = if only_lossy { "AND change.keep = 0" } else { "" };
    // By what each change replaced, not by key: of keys that change often the past is long. Where that is gone already, because
    // it was without history, what came before it may still be there; little else is.
    let replaced = format!(
        "WITH new AS (SELECT rev, previous, resource, namespace, name FROM change WHERE rev > ? AND rev <= ?)
         DELETE FROM change WHERE rev IN (
             SELECT previous FROM new
             UNION ALL
             SELECT old.rev FROM new JOIN change AS old
             ON old.resource = new.resource AND old.namespace = new.namespace AND old.name = new.name AND old.rev < new.rev
             WHERE new.previous NOT IN (SELECT rev FROM change)) {which}
         RETURNING last"
    );
    let deletions = format!(
        "DELETE FROM change WHERE rev > ? AND rev <= ? AND deleted = 1 {which} AND NOT EXISTS (
             SELECT 1 FROM change AS old WHERE old.resource = change.resource AND old.namespace = change.namespace
             AND old.name = change.name AND old.rev < change.rev)
         RETURNING last"
    );
    let mut commits: Vec<i64> = Vec::new();
    for sql in [replaced, deletions] {
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(int(from.0)).bind(int(upto.0));
        let thinned: Vec<i64> = query.fetch_all(&mut *connection).await?;
        commits.extend(thinned);
    }
    for chunk in chunks(&commits) {
        let mut arguments = SqliteArguments::default();
        for last in chunk {
            Arguments::add(&mut arguments, *last).map_err(sqlx::Error::Encode)?;
        }
        let sql = format!(
            "DELETE FROM commits WHERE last IN {} AND NOT EXISTS (
                 SELECT 1 FROM change WHERE change.rev BETWEEN commits.first AND commits.last)",
            places(chunk.len())
        );
        sqlx::query_with(AssertSqlSafe(sql), arguments).execute(&mut *connection).await?;
    }
    Ok(())
}

/// When the oldest kept state had come to be; `None` where everything is kept.
pub(crate) async fn read_since(connection: &mut SqliteConnection) -> Result<Option<Time>, OpenError> {
    let since: Option<Option<i64>> = read_meta(connection, "since").await?;
    Ok(since.flatten().map(Time::from_micros))
}

/// Bytes of the file in use.
pub(super) async fn used_bytes(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let query = "SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count)";
    let pages: i64 = sqlx::query_scalar(query).fetch_one(&mut *connection).await?;
    let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(connection).await?;
    Ok(uint(pages) * uint(size))
}
