use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use kontiki_api::meta::Revision;
use kontiki_api::time::Time;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::archive::Header;
use super::caught_up::caught_up;
use super::wrapped::Wrapped;
use super::{BackupError, digest};
use crate::sqlite::format::LogIdForm;
use crate::sqlite::sql::uint;
use crate::sqlite::table::{migrate, read_meta, read_since};
use crate::sqlite::{log, table};

/// A file that travels with a backup, wrapped: a key or a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFile {
    /// Its path below the data folder.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
}

/// What a new backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The newest revision in it.
    pub revision: Revision,
    /// When that was.
    pub time: Time,
    /// The last log entry in it.
    pub index: u64,
}

/// Backs the store in `folder` up to the new file `to`, with `keys` wrapped by `passphrase`. The store may be in use:
/// everything it acknowledged before the call is in the backup, and nothing of a commit that is not whole.
///
/// # Errors
/// See [`BackupError`]; then there is no file at `to`.
pub async fn save(folder: &Path, to: &Path, keys: &[KeyFile], passphrase: &str) -> Result<Saved, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.into()));
    }
    let tables = folder.join(table::FILE);
    if !tables.exists() {
        return Err(BackupError::NoStore(folder.into()));
    }
    let part = part_of(to);
    let _ = fs::remove_file(&part);
    let saved = write(folder, &tables, &part, keys, passphrase).await;
    let finished = saved.and_then(|saved| finish(&part, to).map(|()| saved));
    if finished.is_err() {
        let _ = fs::remove_file(&part);
    }
    finished
}

fn part_of(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

async fn write(folder: &Path, tables: &Path, part: &Path, keys: &[KeyFile], passphrase: &str) -> Result<Saved, BackupError> {
    let end = log_end(&folder.join(log::FILE)).await?;
    let mut source = SqliteConnectOptions::new().filename(tables).disable_statement_logging().connect().await?;
    caught_up(&mut source, folder, end).await?;
    sqlx::query("VACUUM INTO ?").bind(part.to_string_lossy().as_ref()).execute(&mut source).await?;
    source.close().await?;
    fs::set_permissions(part, Permissions::from_mode(0o600)).map_err(BackupError::file(part))?;
    let mut copy = plain(part).await?;
    migrate(&mut copy).await?;
    let (place, saved) = describe(&mut copy, keys, passphrase).await?;
    copy.close().await?;
    digest::put(part, &place).map_err(BackupError::file(part))?;
    Ok(saved)
}

/// Adds the table that makes it a backup. Returns what stands where the checksum goes.
async fn describe(
    copy: &mut SqliteConnection,
    keys: &[KeyFile],
    passphrase: &str,
) -> Result<([u8; digest::LEN], Saved), BackupError> {
    let applied: Option<LogIdForm> = read_meta(copy, "applied").await?;
    let (revision, micros): (u64, i64) = read_meta(copy, "newest").await?.unwrap_or_default();
    let saved = Saved { revision: Revision(revision), time: Time::from_micros(micros), index: applied.map_or(0, |id| id.index) };
    let bundle = postcard::to_allocvec(keys).map_err(|_| BackupError::Crypto)?;
    let keys = postcard::to_allocvec(&Wrapped::wrap(bundle, passphrase)?).map_err(|_| BackupError::Crypto)?;
    let mut place = [0; digest::LEN];
    SystemRandom::new().fill(&mut place).map_err(|_| BackupError::Crypto)?;
    let since = read_since(copy).await?;
    let header = Header::new(&saved, since);
    let header = postcard::to_allocvec(&header).map_err(|_| BackupError::Crypto)?;
    sqlx::raw_sql("CREATE TABLE backup (version INTEGER NOT NULL, sum BLOB NOT NULL, header BLOB NOT NULL, keys BLOB NOT NULL)")
        .execute(&mut *copy)
        .await?;
    let query = sqlx::query("INSERT INTO backup (version, sum, header, keys) VALUES (?, ?, ?, ?)");
    query.bind(Header::VERSION).bind(&place[..]).bind(header).bind(keys).execute(&mut *copy).await?;
    Ok((place, saved))
}

/// A connection that leaves nothing beside the file.
pub(super) async fn plain(path: &Path) -> Result<SqliteConnection, BackupError> {
    let options = SqliteConnectOptions::new().filename(path).journal_mode(SqliteJournalMode::Delete);
    Ok(options.disable_statement_logging().connect().await?)
}

fn finish(part: &Path, to: &Path) -> Result<(), BackupError> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = fs::rename(part, to).and_then(|()| File::open(folder)).and_then(|folder| folder.sync_all());
    synced.map_err(BackupError::file(to))
}

/// The newest entry of the log: what was acknowledged lies at or before it.
async fn log_end(path: &Path) -> Result<u64, BackupError> {
    if !path.exists() {
        return Ok(0);
    }
    let mut log = SqliteConnectOptions::new().filename(path).disable_statement_logging().connect().await?;
    let end: Option<i64> = sqlx::query_scalar("SELECT MAX(idx) FROM log").fetch_one(&mut log).await?;
    log.close().await?;
    Ok(end.map_or(0, uint))
}
