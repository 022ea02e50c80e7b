use std::path::{Path, PathBuf};

use kontiki_api::meta::Revision;
use kontiki_api::time::Time;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::wrapped::Wrapped;
use super::{BackupError, KeyFile, Saved, digest};

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    revision: u64,
    time_us: i64,
    index: u64,
    since_us: Option<i64>,
}

impl Header {
    /// The newest format.
    pub const VERSION: u32 = 1;

    /// The header of what was saved; the past in it begins at `since`.
    pub fn new(saved: &Saved, since: Option<Time>) -> Self {
        let Saved { revision, time, index } = saved;
        Self { revision: revision.0, time_us: time.as_micros(), index: *index, since_us: since.map(Time::as_micros) }
    }
}

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The newest revision.
    pub revision: Revision,
    /// When that was.
    pub time: Time,
    /// How far back it reaches; `None` for the beginning.
    pub since: Option<Time>,
}

/// A backup that was found to be whole.
#[derive(Debug)]
pub struct Archive {
    pub(super) path: PathBuf,
    /// What it holds.
    pub contents: Contents,
    keys: Vec<u8>,
}

impl Archive {
    /// Opens the backup at `path` and checks every byte of it. It is not changed.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub async fn open(path: &Path) -> Result<Self, BackupError> {
        std::fs::File::open(path).map_err(BackupError::file(path))?;
        let (version, sum, header, keys) = read(path).await?;
        if version > Header::VERSION {
            return Err(BackupError::Newer { found: version, known: Header::VERSION });
        }
        let altered = || BackupError::Altered(path.into());
        let sum: [u8; digest::LEN] = sum.try_into().map_err(|_| altered())?;
        if !digest::fits(path, &sum).map_err(BackupError::file(path))? {
            return Err(altered());
        }
        let header: Header = postcard::from_bytes(&header).map_err(|_| altered())?;
        let (revision, time) = (Revision(header.revision), Time::from_micros(header.time_us));
        let contents = Contents { revision, time, since: header.since_us.map(Time::from_micros) };
        Ok(Self { path: path.into(), contents, keys })
    }

    /// The files that are wrapped by `passphrase`.
    ///
    /// # Errors
    /// `Passphrase` where it is another one.
    pub fn keys(&self, passphrase: &str) -> Result<Vec<KeyFile>, BackupError> {
        let altered = |_| BackupError::Altered(self.path.clone());
        let wrapped: Wrapped = postcard::from_bytes(&self.keys).map_err(altered)?;
        postcard::from_bytes(&wrapped.open(passphrase)?).map_err(altered)
    }
}

type Row = (u32, Vec<u8>, Vec<u8>, Vec<u8>);

async fn read(path: &Path) -> Result<Row, BackupError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    let mut connection = options.disable_statement_logging().connect().await.map_err(|_| not_one(path))?;
    let row = sqlx::query_as("SELECT version, sum, header, keys FROM backup").fetch_optional(&mut connection).await;
    let _ = connection.close().await;
    row.ok().flatten().ok_or_else(|| not_one(path))
}

/// A database that does not read was one once; anything else never was.
fn not_one(path: &Path) -> BackupError {
    use std::io::Read;
    let mut magic = [0; 15];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    match read {
        Ok(()) if &magic == b"SQLite format 3" => BackupError::Altered(path.into()),
        _ => BackupError::NotABackup(path.into()),
    }
}
