use std::path::{Path, PathBuf};
use std::sync::Arc;

use kontiki_api::time::Time;
use parking_lot::RwLock;
use sqlx::Connection;
use tokio::sync::oneshot;

use super::Survey;
use super::survey::{Newest, members};
use crate::raft::{Entry, LeaderId, LogId, Membership, Payload, Vote};
use crate::sqlite::format::{LogIdForm, MembershipForm, VoteForm};
use crate::sqlite::health::Health;
use crate::sqlite::keyring::{Keyring, key_path};
use crate::sqlite::lock::FolderLock;
use crate::sqlite::log::{LogFile, LogRow, LogWriter, Tail};
use crate::sqlite::spare::Spare;
use crate::sqlite::table::{TableFile, read_meta};
use crate::{Member, OpenError};

/// Entries read at a time.
const SLICE: u64 = 256;

/// The folder of a member that does not run, and does not start while this lives.
#[derive(Debug)]
pub struct Survivor {
    folder: PathBuf,
    tail: Tail,
    /// What the folder says.
    pub survey: Survey,
    _lock: FolderLock,
}

impl Survivor {
    /// Locks `folder` and reads what it says.
    ///
    /// # Errors
    /// `InUse` where the member runs; see [`OpenError`].
    pub async fn open(folder: &Path) -> Result<Self, OpenError> {
        let lock = FolderLock::take(folder)?;
        let (file, mut tables) = TableFile::open(folder).await?;
        let applied: Option<LogIdForm> = read_meta(&mut tables, "applied").await?;
        let stored: Option<MembershipForm> = read_meta(&mut tables, "membership").await?;
        let written: Option<(u64, i64)> = read_meta(&mut tables, "newest").await?;
        tables.close().await.map_err(OpenError::sql("state.db"))?;
        drop(file);
        let keyring = Keyring::open(&key_path(folder))?;
        let (mut log, tail) = LogFile::open(folder, false).await?;
        let newest = newest(&mut log, &tail, &keyring).await?;
        log.close().await;
        let stored = stored.and_then(|form| form.membership().ok());
        let membership = newest.membership.or(stored);
        let membership = membership.ok_or_else(|| OpenError::Raft("the folder knows of no members".into()))?;
        let (voters, learners) = members(&membership);
        let last = tail.last.max(applied.map(LogId::from));
        let known = tail.committed.max(applied.map(LogId::from)).map_or(0, |known| known.index);
        let (index, term) = last.map_or((0, 0), |last| (last.index, last.leader_id.term));
        let time = newest.time.max(written.map(|(_, micros)| Time::from_micros(micros)));
        let survey = Survey { voters, learners, index, term, time, unconfirmed: index.saturating_sub(known) };
        Ok(Self { folder: folder.into(), tail, survey, _lock: lock })
    }

    /// Makes `member` the only one. The next start of the store applies everything the log holds and leads. Doing it
    /// again changes nothing more.
    ///
    /// # Errors
    /// See [`OpenError`]; then the members are the old ones still.
    pub async fn become_sole(self, member: &Member) -> Result<(), OpenError> {
        let failed = |error: &dyn std::fmt::Display| OpenError::Raft(error.to_string());
        let spare = Arc::new(Spare::open(&self.folder)?);
        let votes = [self.tail.vote, spare.kept().vote()].into_iter().flatten();
        let term = votes.map(|vote| vote.leader_id.term).max().unwrap_or(0).max(self.survey.term) + 1;
        let leader_id = LeaderId { term, node_id: member.id };
        let log_id = LogId::new(leader_id, self.survey.index + 1);
        let alone = MembershipForm::of_one(LogIdForm::from(&log_id), (member.id, &member.address));
        let members: Membership = alone.membership().map_err(|error| failed(&error))?;
        let row = LogRow::of(&Entry { log_id, payload: Payload::Membership(members) }).map_err(|error| failed(&error))?;
        let committed = self.tail.committed.map_or(0, |committed| committed.index + 1);
        let (file, tail) = LogFile::open(&self.folder, false).await?;
        let (tail, health) = (Arc::new(RwLock::new(tail)), Health::default());
        let mut writer = LogWriter::new((file.writer().await?, file.ahead()), tail, spare.clone(), health, None);
        // The vote first: a term that nobody leads does no harm, an entry of a term that was not voted for would.
        let vote = Vote { leader_id, committed: false };
        writer.meta("vote", &VoteForm::from(&vote)).await.map_err(|error| failed(&error))?;
        writer.write(&[(row, committed)]).await.map_err(OpenError::sql("log.db"))?;
        // Nobody is left to catch up with.
        let kept = spare.put_vote(&vote).and_then(|()| spare.put_members(&alone)).and_then(|()| spare.put_recovering(false));
        kept.map_err(|error| spare.failed(error))?;
        let (closed, answer) = oneshot::channel();
        writer.close(closed).await;
        file.close().await;
        answer.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }
}

async fn newest(log: &mut LogFile, tail: &Tail, keyring: &Keyring) -> Result<Newest, OpenError> {
    let (mut end, begin) = (tail.end(), tail.purged.map_or(0, |purged| purged.index + 1));
    let mut newest = Newest::default();
    while end > begin && !newest.is_complete() {
        let start = end.saturating_sub(SLICE).max(begin);
        for entry in log.read(start, end).await?.iter().rev() {
            newest.look(entry, keyring);
        }
        end = start;
    }
    Ok(newest)
}
