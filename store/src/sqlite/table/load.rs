use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use kontiki_api::Text;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::time::Time;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqliteConnection};

use super::file::read_meta;
use super::migrate::CURRENT;
use super::row::{COMMIT, COMMIT_COLUMNS, OBJECT};
use super::sums::counter_sum;
use super::{CommitRow, CurrentSum, FILE, ObjectRow};
use crate::Event;
use crate::machine::{Counters, Objects, Record, Ring, State, WindowLimits, counted};
use crate::raft::{LogId, StoredMembership};
use crate::sqlite::OpenError;
use crate::sqlite::format::{LogIdForm, MembershipForm};
use crate::sqlite::keyring::Keyring;
use crate::sqlite::meta::write_meta;
use crate::sqlite::sql::{chunks, int, places};

/// What the tables hold at the start.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The state as of `applied`, its window refilled.
    pub state: State,
    /// The log entry the tables go up to.
    pub applied: Option<LogId>,
    /// The members as of then.
    pub membership: StoredMembership,
    /// The sum of the current revisions.
    pub current: CurrentSum,
}

impl Loaded {
    /// Reads the tables.
    pub async fn read(connection: &mut SqliteConnection, keyring: &Keyring, limits: WindowLimits) -> Result<Self, OpenError> {
        let applied: Option<LogIdForm> = read_meta(connection, "applied").await?;
        let membership: Option<MembershipForm> = read_meta(connection, "membership").await?;
        let newest: Option<(u64, i64)> = read_meta(connection, "newest").await?;
        let (revision, time) = newest.unwrap_or_default();
        let (revision, time) = (Revision(revision), Time::from_micros(time));
        let base = Revision(read_meta(connection, BASE).await?.unwrap_or_default());
        let mut loader = Loader { connection, keyring, base };
        let ((objects, current), counters) = (loader.objects().await?, loader.counters().await?);
        let ring = loader.ring(limits, revision, time, &objects).await?;
        let undecodable = |_| OpenError::Damaged { file: FILE, what: "membership is undecodable".into() };
        let membership = membership.map(|form| form.stored()).transpose().map_err(undecodable)?.unwrap_or_default();
        let state = State::restored(objects, counters, ring, revision, time);
        Ok(Self { state, applied: applied.map(LogId::from), membership, current })
    }
}

/// Under which name it is written down where the watch window begins at the earliest.
const BASE: &str = "base";

/// Lets the watch window begin at `revision` at the earliest: no client may resume from before.
pub(crate) async fn write_base(connection: &mut SqliteConnection, revision: Revision) -> Result<(), sqlx::Error> {
    write_meta(connection, BASE, &revision.0).await
}

struct Loader<'a> {
    connection: &'a mut SqliteConnection,
    keyring: &'a Keyring,
    base: Revision,
}

impl Loader<'_> {
    async fn objects(&mut self) -> Result<(Objects, CurrentSum), OpenError> {
        let sql = OpenError::sql(FILE);
        let written: Option<CurrentSum> = read_meta(self.connection, CURRENT).await?;
        let query = format!("SELECT {OBJECT} FROM current JOIN change USING (rev) ORDER BY current.rev");
        let mut rows = sqlx::query(AssertSqlSafe(query)).fetch(&mut *self.connection);
        let (mut objects, mut found) = (Objects::default(), CurrentSum::default());
        while let Some(row) = rows.try_next().await.map_err(&sql)? {
            let object = ObjectRow::read(&row, 0, self.keyring)?.object;
            found.add(int(object.revision.0));
            objects.put(object);
        }
        if found != written.unwrap_or_default() {
            let what = "the current objects are not those that were written: some are missing, or others".into();
            return Err(OpenError::Damaged { file: FILE, what });
        }
        Ok((objects, found))
    }

    async fn counters(&mut self) -> Result<Counters, OpenError> {
        let query = sqlx::query_as("SELECT name, value, crc FROM counter");
        let rows: Vec<(String, i64, i64)> = query.fetch_all(&mut *self.connection).await.map_err(OpenError::sql(FILE))?;
        if let Some((name, ..)) = rows.iter().find(|(name, value, crc)| counter_sum(name, *value) != *crc) {
            return Err(OpenError::Damaged { file: FILE, what: format!("the counter {name} has a wrong checksum") });
        }
        let counters = rows.into_iter().filter(|(_, value, _)| *value != 0);
        Ok(Counters::restored(counters.map(|(name, value, _)| (Text::from(name), value))))
    }

    /// The window, sharing the objects that are still current.
    async fn ring(&mut self, limits: WindowLimits, revision: Revision, now: Time, current: &Objects) -> Result<Ring, OpenError> {
        let commits = self.window(limits, now).await?;
        let floor = commits.last().map_or(revision, |(commit, _)| Revision(commit.first.0.saturating_sub(1)));
        let before = self.before(&commits).await?;
        let mut known: HashMap<Revision, Arc<Object>> = before;
        let mut ring = Ring::new(limits, floor);
        for (commit, rows) in commits.into_iter().rev() {
            let mut events = Vec::with_capacity(rows.len());
            for row in rows.into_iter().rev() {
                let previous = row.previous.and_then(|rev| known.remove(&rev));
                let object = current.get(&row.object.key).filter(|object| object.revision == row.object.revision);
                let object = object.cloned().unwrap_or(row.object);
                known.insert(object.revision, object.clone());
                events.push(Event { object, previous, deleted: row.deleted });
            }
            ring.push(Arc::new(record_of(commit, events)));
        }
        Ok(ring)
    }

    /// The newest commits within the limits, newest first, each with its changes, newest first.
    async fn window(&mut self, limits: WindowLimits, now: Time) -> Result<Vec<(CommitRow, Vec<ObjectRow>)>, OpenError> {
        let sql = OpenError::sql(FILE);
        let query = format!(
            "SELECT {COMMIT}, {OBJECT} FROM change JOIN commits ON commits.last = change.last WHERE change.rev > ? ORDER BY change.rev DESC"
        );
        let mut rows = sqlx::query(AssertSqlSafe(query)).bind(int(self.base.0)).fetch(&mut *self.connection);
        let mut commits: Vec<(CommitRow, Vec<ObjectRow>)> = Vec::new();
        let (mut bytes, mut age, mut expected) = (0, Duration::ZERO, None);
        while let Some(row) = rows.try_next().await.map_err(&sql)? {
            let commit = CommitRow::read(&row, 0)?;
            let change = ObjectRow::read(&row, COMMIT_COLUMNS, self.keyring)?;
            // A gap means that older changes have been compacted: the window cannot reach across.
            if expected.is_some_and(|expected| change.object.revision != expected) {
                break;
            }
            expected = Some(Revision(change.object.revision.0.saturating_sub(1)));
            let is_next = commits.last().is_none_or(|(newer, _)| newer.end != commit.end);
            if is_next {
                age += counted(commit.time, commits.last().map_or(now, |(newer, _)| newer.time));
            }
            if is_next && (age > limits.age || bytes > limits.bytes) {
                break;
            }
            bytes += change.object.value.len();
            if is_next {
                commits.push((commit, Vec::new()));
            }
            if let Some((_, changes)) = commits.last_mut() {
                changes.push(change);
            }
        }
        // A commit cut by the gap is not whole.
        commits.retain(|(commit, changes)| changes.last().is_some_and(|oldest| oldest.object.revision == commit.first));
        Ok(commits)
    }

    /// What the changes of the window replaced and lies before it.
    async fn before(&mut self, commits: &[(CommitRow, Vec<ObjectRow>)]) -> Result<HashMap<Revision, Arc<Object>>, OpenError> {
        let rows = || commits.iter().flat_map(|(_, rows)| rows);
        let inside: BTreeSet<Revision> = rows().map(|row| row.object.revision).collect();
        let wanted: Vec<Revision> = rows().filter_map(|row| row.previous).filter(|rev| !inside.contains(rev)).collect();
        let mut found = HashMap::new();
        for chunk in chunks(&wanted) {
            let mut arguments = SqliteArguments::default();
            for revision in chunk {
                Arguments::add(&mut arguments, int(revision.0))
                    .map_err(|error| OpenError::sql(FILE)(sqlx::Error::Encode(error)))?;
            }
            let query = format!("SELECT {OBJECT} FROM change WHERE rev IN {}", places(chunk.len()));
            let query = sqlx::query_with(AssertSqlSafe(query), arguments).fetch_all(&mut *self.connection);
            for row in query.await.map_err(OpenError::sql(FILE))? {
                let object = ObjectRow::read(&row, 0, self.keyring)?.object;
                found.insert(object.revision, object);
            }
        }
        Ok(found)
    }
}

fn record_of(commit: CommitRow, events: Vec<Event>) -> Record {
    let CommitRow { end, first, time, id, verb, manager, actor, cause } = commit;
    let (notes, counters) = (Vec::new(), Vec::new());
    Record { id, time, actor, verb, manager, cause, first, end, events: events.into(), notes, counters }
}
