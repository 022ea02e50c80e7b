use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use kontiki_api::meta::{Resource, Revision};
use kontiki_api::time::Time;
use sqlx::{Connection, SqliteConnection};

use super::reset::{Reset, start_log};
use super::save::plain;
use super::{Archive, BackupError};
use crate::sqlite::format::LogIdForm;
use crate::sqlite::table::{FILE, Horizons, end_of, migrate, newest_at, read_meta, read_since};

/// How far the counter goes forward: no client has seen a revision behind it.
const FORWARD: u64 = 1_000_000_000;

/// As of when a backup is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Everything in it.
    Newest,
    /// As of the commit that holds this revision.
    Revision(Revision),
    /// As of this time.
    Time(Time),
}

/// What was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The revision whose state it is.
    pub revision: Revision,
    /// When that was.
    pub time: Time,
    /// Where the counter goes on.
    pub next: Revision,
}

impl Archive {
    /// Makes the store in `folder`, of one member, as of `moment`: objects as they were then, with their history. The
    /// counter goes forward, so that watches from before get 410. Objects of the collections `dropped` are left out:
    /// they say of the old cluster what does not hold of the new one.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub async fn restore(&self, folder: &Path, moment: Moment, dropped: &[Resource]) -> Result<Restored, BackupError> {
        let failed = BackupError::file(folder);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(&failed)?;
        let part = folder.join("restoring.db");
        let blocked = fs::read_dir(folder).map_err(&failed)?.flatten().any(|entry| entry.path() != part);
        if blocked {
            return Err(BackupError::NotEmpty(folder.into()));
        }
        fs::copy(&self.path, &part).map_err(BackupError::file(&part))?;
        let mut tables = plain(&part).await?;
        migrate(&mut tables).await?;
        let applied: Option<LogIdForm> = read_meta(&mut tables, "applied").await?;
        let applied = applied.ok_or_else(|| BackupError::NotABackup(self.path.clone()))?;
        let revision = self.find(&mut tables, moment).await?;
        let next = Revision(self.contents.revision.0 + FORWARD);
        let reset = Reset { revision, next, applied, is_past: revision < self.contents.revision };
        let time = reset.run(&mut tables, dropped).await?;
        tables.close().await?;
        start_log(folder, applied).await?;
        let done = fs::File::open(&part).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&part, folder.join(FILE)));
        done.and_then(|()| fs::File::open(folder)?.sync_all()).map_err(&failed)?;
        Ok(Restored { revision, time, next })
    }

    /// The end of the commit that `moment` means.
    async fn find(&self, tables: &mut SqliteConnection, moment: Moment) -> Result<Revision, BackupError> {
        let oldest = Horizons::read(tables).await?.long;
        let since = read_since(tables).await?;
        let (newest, until) = (self.contents.revision, self.contents.time);
        let too_early = |time: Time| since.is_some_and(|since| time < since);
        let kept = match moment {
            Moment::Newest => true,
            Moment::Revision(revision) => revision >= oldest && revision <= newest,
            Moment::Time(time) => !too_early(time),
        };
        if !kept {
            let since = since.map_or_else(|| "the beginning".into(), Time::micros);
            return Err(BackupError::NotKept { oldest, since, newest, until: until.micros() });
        }
        Ok(match moment {
            Moment::Newest => newest,
            Moment::Revision(revision) => end_of(tables, revision).await?,
            Moment::Time(time) => newest_at(tables, time).await?.max(oldest),
        })
    }
}
