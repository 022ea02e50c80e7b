use std::path::Path;

use kontiki_api::meta::{Resource, Revision};
use kontiki_api::time::Time;
use sqlx::{Connection, SqliteConnection};

use super::BackupError;
use crate::sqlite::format::{LogIdForm, MembershipForm, VoteForm};
use crate::sqlite::log::LogFile;
use crate::sqlite::meta::write_meta;
use crate::sqlite::sql::int;
use crate::sqlite::table::{read_meta, write_base, write_current};

/// The one member of a restored store.
const MEMBER: (u64, &str) = (1, "127.0.0.1:2380");

/// Sets tables back to a revision.
pub(super) struct Reset {
    /// The commit end whose state is wanted.
    pub revision: Revision,
    /// Where the counter goes on.
    pub next: Revision,
    /// The last log entry in the tables.
    pub applied: LogIdForm,
    /// Whether anything came after `revision`.
    pub is_past: bool,
}

impl Reset {
    /// Does it, in one transaction. Returns when the revision was.
    pub async fn run(&self, tables: &mut SqliteConnection, dropped: &[Resource]) -> Result<Time, BackupError> {
        let newest: Option<(u64, i64)> = read_meta(tables, "newest").await?;
        let mut time = newest.map_or(0, |(_, time)| time);
        let mut transaction = tables.begin().await?;
        sqlx::query("DROP TABLE backup").execute(&mut *transaction).await?;
        for resource in dropped {
            let query = sqlx::query("DELETE FROM change WHERE resource = ?").bind(resource.as_str());
            query.execute(&mut *transaction).await?;
        }
        if self.is_past {
            time = self.forget_later(&mut transaction).await?.unwrap_or(time);
        }
        let orphans = "DELETE FROM current WHERE NOT EXISTS (SELECT 1 FROM change WHERE change.rev = current.rev)";
        sqlx::query(orphans).execute(&mut *transaction).await?;
        let membership = MembershipForm::of_one(self.applied, MEMBER);
        write_meta(&mut transaction, "membership", &membership).await?;
        write_meta(&mut transaction, "newest", &(self.next.0, time)).await?;
        write_base(&mut transaction, self.next).await?;
        write_current(&mut transaction).await?;
        transaction.commit().await?;
        Ok(Time::from_micros(time))
    }

    /// Forgets what came after the revision. What was reserved then is not known: counters begin anew.
    async fn forget_later(&self, tables: &mut SqliteConnection) -> Result<Option<i64>, BackupError> {
        for sql in ["DELETE FROM change WHERE rev > ?", "DELETE FROM commits WHERE last > ?"] {
            sqlx::query(sql).bind(int(self.revision.0)).execute(&mut *tables).await?;
        }
        let current = "INSERT INTO current (rev) SELECT rev FROM change WHERE deleted = 0 AND NOT EXISTS (
                 SELECT 1 FROM change AS newer WHERE newer.resource = change.resource
                 AND newer.namespace = change.namespace AND newer.name = change.name AND newer.rev > change.rev)";
        for sql in ["DELETE FROM current", current, "DELETE FROM counter"] {
            sqlx::query(sql).execute(&mut *tables).await?;
        }
        let query = sqlx::query_scalar("SELECT MAX(time) FROM commits").fetch_one(tables);
        Ok(query.await?)
    }
}

/// A log that goes on behind `applied`: whoever joins gets the tables first.
pub(super) async fn start_log(folder: &Path, applied: LogIdForm) -> Result<(), BackupError> {
    let (file, _) = LogFile::open(folder, false).await?;
    let mut log = file.writer().await?;
    write_meta(&mut log, "vote", &VoteForm::of_member(applied.term, MEMBER.0)).await?;
    write_meta(&mut log, "purged", &applied).await?;
    log.close().await?;
    file.close().await;
    Ok(())
}
