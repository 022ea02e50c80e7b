use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use sqlx::{Connection, SqliteConnection};

use super::config::Start;
use super::format::{MembershipForm, VoteForm};
use super::keyring::Keyring;
use super::log::{self, LogFile, Tail};
use super::meta::write_meta;
use super::spare::{Kept, Spare};
use super::sql::closing;
use super::table::{self, Loaded, TableFile, verify};
use super::wal::check_wal;
use super::{OpenError, SqliteConfig};
use crate::raft::Vote;

/// A member's files, opened and found whole.
pub(super) struct Files {
    /// The log.
    pub log: LogFile,
    /// How far it goes.
    pub tail: Tail,
    /// The tables.
    pub tables: TableFile,
    /// Their writer's connection.
    pub writer: SqliteConnection,
    /// What they hold.
    pub loaded: Loaded,
    /// Whether this member may have acknowledged what it does not hold any more.
    pub recovering: bool,
}

/// What is opened, and what must be known of it to open it.
#[derive(Clone, Copy)]
pub(super) struct Opening<'a> {
    /// The folder, and who this is.
    pub config: &'a SqliteConfig,
    /// Opens sealed values.
    pub keyring: &'a Arc<Keyring>,
    /// The second copy of what must not be forgotten.
    pub spare: &'a Spare,
    /// Whether each row is checked, rather than those that are needed now.
    pub every: bool,
}

type Tables = (TableFile, SqliteConnection, Loaded);
type Log = (LogFile, Tail);

/// What is wrong with the files, which are closed.
struct Damage {
    log: Option<OpenError>,
    tables: Option<OpenError>,
    /// Whether the log alone tells everything.
    complete: bool,
    /// Whether there are other members, or have been.
    of_several: bool,
    /// The vote in the log.
    vote: Option<Vote>,
}

impl Opening<'_> {
    /// Opens the files and checks them. What is damaged is discarded where the log or the other members have it: then
    /// this member keeps its vote, but votes for nobody until it has caught up (docs/adr/0020).
    pub async fn open(self) -> Result<Files, OpenError> {
        let damage = match self.attempt().await? {
            Ok((tables, log)) => return self.finish(tables, log).await,
            Err(damage) => damage,
        };
        self.mend(damage).await?;
        match self.attempt().await? {
            Ok((tables, log)) => self.finish(tables, log).await,
            Err(Damage { log, tables, .. }) => Err(log.or(tables).unwrap_or(OpenError::Raft("the files do not open".into()))),
        }
    }

    /// Writes the log anew into another file and puts that in its place, where it can be read. A sync that failed leaves
    /// it open what of a file is on the disk; what is read here, from wherever, is on the disk afterwards.
    pub async fn renew_log(self) -> Result<(), OpenError> {
        let folder = &self.config.folder;
        let (path, new) = (folder.join(log::FILE), folder.join("renewed.db"));
        if !path.exists() {
            return Ok(());
        }
        let file = match LogFile::open(folder, true).await {
            Ok((file, _)) => file,
            // It is looked at again when it is opened.
            Err(error) if error.is_damage() => return Ok(()),
            Err(error) => return Err(error),
        };
        let failed = |source| OpenError::File { path: new.clone(), source };
        remove(folder, "renewed.db")?;
        file.copy(&new).await?;
        fs::File::open(&new).and_then(|file| file.sync_all()).map_err(failed)?;
        for beside in ["-wal", "-shm"] {
            remove_file(&folder.join(format!("{}{beside}", log::FILE)))?;
        }
        fs::rename(&new, &path).map_err(failed)?;
        sync_folder(folder)
    }

    async fn attempt(self) -> Result<Result<(Tables, Log), Damage>, OpenError> {
        let kept = self.spare.kept();
        let (tables, log) = tokio::join!(self.open_tables(), LogFile::open(&self.config.folder, self.every));
        let of_several = self.is_of_several(&kept, tables.as_ref().ok());
        let tail = log.as_ref().ok().map(|(_, tail)| tail);
        let applied = tables.as_ref().ok().and_then(|(_, _, loaded)| loaded.applied);
        let voted = kept.vote().is_some() || applied.is_some();
        let purged = tail.and_then(|tail| tail.purged).map_or(0, |purged| purged.index);
        let mut damage = Damage {
            log: tail.filter(|tail| tail.vote.is_none() && voted && !kept.recovering).map(|_| log_missing()),
            tables: None,
            complete: tail.is_some_and(|tail| tail.purged.is_none() && tail.last.is_some()),
            of_several,
            vote: tail.and_then(|tail| tail.vote),
        };
        let applied = applied.map_or(0, |applied| applied.index);
        if tables.is_ok() && applied < purged {
            damage.tables = Some(OpenError::StateBehindLog { applied, purged });
        }
        match (tables, log) {
            (Ok(tables), Ok(log)) if damage.log.is_none() && damage.tables.is_none() => Ok(Ok((tables, log))),
            (tables, log) => {
                damage.tables = damage.tables.or(close_tables(tables).await?);
                damage.log = damage.log.or(close_log(log).await?);
                Ok(Err(damage))
            }
        }
    }

    async fn open_tables(self) -> Result<Tables, OpenError> {
        // The tables are synced now and then: several transactions may tear at once. If it was no tear, that shows.
        let suspicious = check_wal(&self.config.folder, table::FILE).is_err();
        let (file, mut writer) = TableFile::open(&self.config.folder).await?;
        let loaded = match Loaded::read(&file, &mut writer, self.keyring, self.config.window).await {
            Ok(loaded) if self.every || suspicious => verify(&mut writer).await.map(|()| loaded),
            loaded => loaded,
        };
        let (writer, loaded) = closing(writer, loaded).await?;
        Ok((file, writer, loaded))
    }

    fn is_of_several(self, kept: &Kept, tables: Option<&Tables>) -> bool {
        let applied = tables.map(|(_, _, loaded)| &loaded.membership);
        let applied = applied.map(|members| MembershipForm::of(members.log_id().as_ref(), members.membership()));
        let newest = kept.members.iter().chain(&applied).filter(|form| form.is_known()).max_by_key(|form| form.index());
        newest.map_or(self.config.start == Start::Join, |form| !form.is_of_one(self.config.member.id))
    }

    /// Discards what is damaged, where nothing is lost by it.
    async fn mend(self, damage: Damage) -> Result<(), OpenError> {
        let Damage { log, tables, complete, of_several, vote } = damage;
        let folder = &self.config.folder;
        for error in log.iter().chain(&tables) {
            tracing::error!(%error, member = self.config.member.id, "a file of the store is damaged");
        }
        let (with_tables, error) = match (log, tables) {
            (None, Some(_)) if complete => return remove(folder, table::FILE),
            (Some(log), tables) => (tables.is_some(), log),
            (None, Some(tables)) => (true, tables),
            (None, None) => return Ok(()),
        };
        if !of_several {
            return Err(OpenError::Lost(Box::new(error)));
        }
        let failed = |error| self.spare.failed(error);
        if let Some(vote) = &vote {
            self.spare.put_vote(vote).map_err(failed)?;
        }
        if self.spare.kept().vote().is_none() {
            return Err(OpenError::VoteLost(Box::new(error)));
        }
        self.spare.put_recovering(true).map_err(failed)?;
        if with_tables {
            remove(folder, table::FILE)?
        } else {
            bring_to_disk(folder).await?
        }
        tracing::warn!(member = self.config.member.id, "the other members have it: it is discarded, and caught up with");
        remove(folder, log::FILE)
    }

    /// Both copies of the vote say the same from now on.
    async fn finish(self, (tables, writer, loaded): Tables, (log, mut tail): Log) -> Result<Files, OpenError> {
        let kept = self.spare.kept();
        let failed = |error| self.spare.failed(error);
        if let Some(vote) = kept.vote().filter(|vote| tail.vote.is_none_or(|held| held < *vote)) {
            let sql = OpenError::sql(log::FILE);
            let mut writer = log.writer().await?;
            write_meta(&mut writer, "vote", &VoteForm::from(&vote)).await.map_err(&sql)?;
            writer.close().await.map_err(&sql)?;
            tail.vote = Some(vote);
        }
        if let Some(vote) = &tail.vote {
            self.spare.put_vote(vote).map_err(failed)?;
        }
        let members = &loaded.membership;
        let form = MembershipForm::of(members.log_id().as_ref(), members.membership());
        if form.is_known() && kept.members.is_none_or(|kept| kept.index() < form.index()) {
            self.spare.put_members(&form).map_err(failed)?;
        }
        Ok(Files { log, tail, tables, writer, loaded, recovering: kept.recovering })
    }
}

fn log_missing() -> OpenError {
    OpenError::Damaged { file: log::FILE, what: "it is missing or was emptied".into() }
}

/// Closes the tables; what kept them from opening, where that is damage.
async fn close_tables(tables: Result<Tables, OpenError>) -> Result<Option<OpenError>, OpenError> {
    match tables {
        Ok((_, writer, _)) => writer.close().await.map(|()| None).map_err(OpenError::sql(table::FILE)),
        Err(error) if error.is_damage() => Ok(Some(error)),
        Err(error) => Err(error),
    }
}

/// Closes the log; what kept it from opening, where that is damage.
async fn close_log(log: Result<Log, OpenError>) -> Result<Option<OpenError>, OpenError> {
    match log {
        Ok((file, _)) => {
            file.close().await;
            Ok(None)
        }
        Err(error) if error.is_damage() => Ok(Some(error)),
        Err(error) => Err(error),
    }
}

/// The tables reach further than the log will: they must not lose their end.
async fn bring_to_disk(folder: &Path) -> Result<(), OpenError> {
    let sql = OpenError::sql(table::FILE);
    let (_, mut writer) = TableFile::open(folder).await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut writer).await.map_err(&sql)?;
    writer.close().await.map_err(&sql)
}

/// Removes a database with what lies beside it.
fn remove(folder: &Path, file: &str) -> Result<(), OpenError> {
    for beside in ["-wal", "-shm", ""] {
        remove_file(&folder.join(format!("{file}{beside}")))?;
    }
    sync_folder(folder)
}

fn remove_file(path: &Path) -> Result<(), OpenError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(OpenError::File { path: path.into(), source }),
        _ => Ok(()),
    }
}

fn sync_folder(folder: &Path) -> Result<(), OpenError> {
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| OpenError::File { path: folder.into(), source })
}
