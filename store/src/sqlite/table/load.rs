use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::TryStreamExt;
use kontiki_api::Text;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::time::Time;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqliteConnection};

use super::file::read_meta;
use super::migrate::CURRENT;
use super::row::OBJECT;
use super::sums::counter_sum;
use super::window::{Group, WindowSource};
use super::{CommitRow, CurrentSum, FILE, ObjectRow, TableFile};
use crate::machine::{Counters, Objects, Record, Ring, State, WindowLimits};
use crate::raft::{LogId, StoredMembership};
use crate::sqlite::OpenError;
use crate::sqlite::format::{LogIdForm, MembershipForm};
use crate::sqlite::keyring::Keyring;
use crate::sqlite::meta::write_meta;
use crate::sqlite::sql::{chunks, int, places};
use crate::{Event, Range};

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
    /// Reads the tables in `file`, by `connection` and others beside it.
    pub async fn read(
        file: &TableFile,
        connection: &mut SqliteConnection,
        keyring: &Arc<Keyring>,
        limits: WindowLimits,
    ) -> Result<Self, OpenError> {
        let applied: Option<LogIdForm> = read_meta(connection, "applied").await?;
        let membership: Option<MembershipForm> = read_meta(connection, "membership").await?;
        let newest: Option<(u64, i64)> = read_meta(connection, "newest").await?;
        let (revision, time) = newest.unwrap_or_default();
        let (revision, time) = (Revision(revision), Time::from_micros(time));
        let base = Revision(read_meta(connection, BASE).await?.unwrap_or_default());
        let (file, sealing) = (file.clone(), Arc::clone(keyring));
        let window = WindowSource { file, keyring: sealing, limits, base, newest: revision, now: time };
        let mut loader = Loader { connection, keyring };
        let (current, window) = tokio::join!(loader.current(), window.read());
        let ((objects, current), counters) = current?;
        let ring = loader.ring(limits, revision, window?, &objects).await?;
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
}

impl Loader<'_> {
    async fn current(&mut self) -> Result<((Objects, CurrentSum), Counters), OpenError> {
        Ok((self.objects().await?, self.counters().await?))
    }

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
    async fn ring(
        &mut self,
        limits: WindowLimits,
        revision: Revision,
        commits: Vec<Group>,
        current: &Objects,
    ) -> Result<Ring, OpenError> {
        let floor = commits.last().map_or(revision, |(commit, _)| Revision(commit.first.0.saturating_sub(1)));
        let before = self.before(&commits).await?;
        let mut known: HashMap<Revision, Arc<Object>> = before;
        let mut ring = Ring::new(limits, floor);
        let all = current.list(&Range::All).into_iter();
        let current: HashMap<Revision, _> =
            all.filter(|object| object.revision > floor).map(|object| (object.revision, object)).collect();
        for (commit, rows) in commits.into_iter().rev() {
            let mut events = Vec::with_capacity(rows.len());
            for row in rows.into_iter().rev() {
                let previous = row.previous.and_then(|rev| known.remove(&rev));
                let object = current.get(&row.object.revision).cloned().unwrap_or(row.object);
                known.insert(object.revision, object.clone());
                events.push(Event { object, previous, deleted: row.deleted });
            }
            ring.push(Arc::new(record_of(commit, events)));
        }
        Ok(ring)
    }

    /// What the changes of the window replaced and lies before it.
    async fn before(&mut self, commits: &[Group]) -> Result<HashMap<Revision, Arc<Object>>, OpenError> {
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
