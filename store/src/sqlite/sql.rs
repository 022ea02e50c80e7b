use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

use super::OpenError;

/// Rows of one statement; few distinct widths, so that prepared statements are found again.
const WIDTHS: [usize; 5] = [256, 64, 16, 4, 1];

/// Rows that wait between SQLite's thread and ours: with few, each thread waits for the other at every row.
const ROWS_BETWEEN: usize = 256;

/// How every connection of the store is opened: with a cache of 1 MiB, reads come from our own memory. One that does
/// not open is closed when this returns: it would otherwise take files with it that are made in its place.
pub(crate) async fn connect(path: &Path, synchronous: Synchronous) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(false)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(64)
        .row_buffer_size(ROWS_BETWEEN)
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    let pragmas = match synchronous {
        Synchronous::Full => "PRAGMA synchronous = FULL",
        // Only what shrinks pays for it: a page for the owners of pages would be written with every append to the log.
        Synchronous::Normal => "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = NORMAL",
    };
    let ready = match execute(&mut connection, pragmas).await {
        Ok(()) => execute(&mut connection, PRAGMAS).await,
        failed => failed,
    };
    closing(connection, ready).await.map(|(connection, ())| connection)
}

/// When writes are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Synchronous {
    /// When they return.
    Full,
    /// At the next checkpoint.
    Normal,
}

const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1024;";

/// Closes `connection` where what was done with it failed.
pub(crate) async fn closing<T, E>(connection: SqliteConnection, done: Result<T, E>) -> Result<(SqliteConnection, T), E> {
    match done {
        Ok(value) => Ok((connection, value)),
        Err(error) => {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "closing what did not open");
            }
            Err(error)
        }
    }
}

/// Brings what is in the database `file` of `folder` to the disk, where it may have been written but not synced.
pub(crate) fn sync_database(folder: &Path, file: &str) -> Result<(), OpenError> {
    for path in [folder.join(file), folder.join(format!("{file}-wal")), folder.into()] {
        let synced = fs::File::open(&path).and_then(|file| file.sync_all());
        match synced {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(OpenError::File { path, source }),
            _ => {}
        }
    }
    Ok(())
}

/// Runs `sql` (which may be several statements) for its effect.
pub(crate) async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
}

/// Runs `prefix (?, …), (?, …)` over all rows, many per statement. `bind` adds `columns` values.
pub(crate) async fn insert_rows<R>(
    connection: &mut SqliteConnection,
    prefix: &str,
    columns: usize,
    rows: &[R],
    bind: impl Fn(&mut SqliteArguments, &R) -> Result<(), BoxDynError>,
) -> Result<(), sqlx::Error> {
    let row = format!("({})", vec!["?"; columns].join(","));
    for chunk in chunks(rows) {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(columns * chunk.len(), 0);
        for one in chunk {
            bind(&mut arguments, one).map_err(sqlx::Error::Encode)?;
        }
        let sql = format!("{prefix} {}", vec![row.as_str(); chunk.len()].join(","));
        sqlx::query_with(AssertSqlSafe(sql), arguments).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Splits `rows` into slices of the usual widths.
pub(crate) fn chunks<R>(rows: &[R]) -> impl Iterator<Item = &[R]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let width = WIDTHS.into_iter().find(|width| *width <= rest.len())?;
        let (chunk, after) = rest.split_at(width);
        rest = after;
        Some(chunk)
    })
}

/// `(?,?,…)` for `count` values.
pub(crate) fn places(count: usize) -> String {
    format!("({})", vec!["?"; count].join(","))
}

/// SQLite's integers are signed; revisions and indexes never reach the upper half.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The way back of [`int`]; a negative number reads as 0.
pub(crate) fn uint(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
