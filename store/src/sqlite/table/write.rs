use std::sync::Arc;

use kontiki_api::Text;
use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Connection, SqliteConnection};

use super::destroy::destroy;
use super::migrate::CURRENT;
use super::sums::{ChangeFields, CommitFields, counter_sum};
use super::{CurrentSum, TableBatch};
use crate::Event;
use crate::machine::{Record, RowNote};
use crate::sqlite::format::{LogIdForm, MembershipForm, encode_origin, verb_code};
use crate::sqlite::meta::write_meta;
use crate::sqlite::sql::{chunks, insert_rows, int, places};

/// Writes what a run of entries did, in one transaction together with how far that goes. `current` is the sum of the
/// current revisions before; what it is after comes back.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    batches: &[TableBatch],
    current: CurrentSum,
) -> Result<CurrentSum, sqlx::Error> {
    let Some(newest) = batches.last() else { return Ok(current) };
    let records: Vec<&Arc<Record>> = batches.iter().flat_map(|batch| &batch.records).collect();
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let current = write_records(&mut transaction, &records, current).await?;
    destroy(&mut transaction, records.iter().map(|record| &***record)).await?;
    if let Some(membership) = batches.iter().rev().find_map(|batch| batch.membership.as_ref()) {
        let form = MembershipForm::of(membership.log_id().as_ref(), membership.membership());
        write_meta(&mut transaction, "membership", &form).await?;
    }
    if let Some(record) = records.last() {
        write_meta(&mut transaction, "newest", &(record.end.0, record.time.as_micros())).await?;
    }
    write_meta(&mut transaction, "applied", &LogIdForm::from(&newest.applied)).await?;
    transaction.commit().await?;
    Ok(current)
}

async fn write_records(
    connection: &mut SqliteConnection,
    records: &[&Arc<Record>],
    mut current: CurrentSum,
) -> Result<CurrentSum, sqlx::Error> {
    if records.is_empty() {
        return Ok(current);
    }
    let columns = "INSERT INTO commits (last, first, time, id, verb, manager, origin, crc) VALUES";
    insert_rows(connection, columns, 8, records, bind_commit).await?;
    let rows: Vec<Row<'_>> = records.iter().flat_map(|record| rows_of(record)).collect();
    let columns = "INSERT INTO change (rev, last, resource, namespace, name, previous, deleted, sealed, keep, splice, head, value, crc) VALUES";
    insert_rows(connection, columns, 13, &rows, bind_change).await?;
    let (live, gone) = current_rows(&rows);
    insert_rows(connection, "INSERT INTO current (rev) VALUES", 1, &live, |arguments, rev| Arguments::add(arguments, *rev))
        .await?;
    for chunk in chunks(&gone) {
        let mut arguments = SqliteArguments::default();
        for rev in chunk {
            Arguments::add(&mut arguments, *rev).map_err(sqlx::Error::Encode)?;
        }
        let sql = format!("DELETE FROM current WHERE rev IN {}", places(chunk.len()));
        sqlx::query_with(AssertSqlSafe(sql), arguments).execute(&mut *connection).await?;
    }
    live.iter().for_each(|rev| current.add(*rev));
    gone.iter().for_each(|rev| current.remove(*rev));
    write_meta(connection, CURRENT, &current).await?;
    write_counters(connection, records).await?;
    Ok(current)
}

async fn write_counters(connection: &mut SqliteConnection, records: &[&Arc<Record>]) -> Result<(), sqlx::Error> {
    let counters: Vec<&(Text, i64)> = records.iter().flat_map(|record| &record.counters).collect();
    insert_rows(
        connection,
        "INSERT OR REPLACE INTO counter (name, value, crc) VALUES",
        3,
        &counters,
        |arguments, (name, value)| {
            Arguments::add(arguments, &**name)?;
            Arguments::add(arguments, *value)?;
            Arguments::add(arguments, counter_sum(name, *value))
        },
    )
    .await
}

/// The revisions that are current after `rows` and were not, and those that were and are not.
fn current_rows(rows: &[Row<'_>]) -> (Vec<i64>, Vec<i64>) {
    let replaced: Vec<i64> = rows.iter().filter_map(|row| row.event.previous.as_ref()).map(|old| int(old.revision.0)).collect();
    let mut live: Vec<i64> = rows.iter().filter(|row| !row.event.deleted).map(|row| int(row.event.object.revision.0)).collect();
    let in_batch: std::collections::BTreeSet<i64> = replaced.iter().copied().collect();
    let born: std::collections::BTreeSet<i64> = live.iter().copied().collect();
    live.retain(|rev| !in_batch.contains(rev));
    let gone = replaced.into_iter().filter(|rev| !born.contains(rev)).collect();
    (live, gone)
}

/// An event with its record and what the tables need beyond.
struct Row<'a> {
    record: &'a Record,
    event: &'a Event,
    note: Option<&'a RowNote>,
}

fn rows_of(record: &Arc<Record>) -> impl Iterator<Item = Row<'_>> {
    record.events.iter().enumerate().map(move |(at, event)| Row { record, event, note: record.notes.get(at) })
}

fn bind_commit(arguments: &mut SqliteArguments, record: &&Arc<Record>) -> Result<(), BoxDynError> {
    let numbers = [int(record.end.0), int(record.first.0), record.time.as_micros(), i64::from(verb_code(record.verb))];
    let [last, first, time, verb] = numbers;
    let (id, origin) = (record.id.0.to_be_bytes(), encode_origin(&record.actor, &record.cause)?);
    let sum = CommitFields { numbers, id: &id, manager: &record.manager, origin: &origin }.sum();
    Arguments::add(arguments, last)?;
    Arguments::add(arguments, first)?;
    Arguments::add(arguments, time)?;
    Arguments::add(arguments, &id[..])?;
    Arguments::add(arguments, verb)?;
    Arguments::add(arguments, &*record.manager)?;
    Arguments::add(arguments, origin)?;
    Arguments::add(arguments, sum)
}

fn bind_change(arguments: &mut SqliteArguments, row: &Row<'_>) -> Result<(), BoxDynError> {
    let object = &row.event.object;
    let sealed = row.note.and_then(|note| note.sealed.as_ref());
    let (head, value) = (object.head.to_bytes(), object.value.whole());
    let keep = row.note.is_none_or(|note| note.history);
    let fields = ChangeFields {
        rev: int(object.revision.0),
        last: int(row.record.end.0),
        key: [object.key.resource.as_str(), &object.key.namespace, &object.key.name],
        previous: row.event.previous.as_ref().map(|old| int(old.revision.0)),
        numbers: [row.event.deleted.into(), sealed.is_some().into(), keep.into(), object.splice.into()],
        head: &head,
        value: sealed.unwrap_or(&value),
    };
    let sum = fields.sum();
    Arguments::add(arguments, fields.rev)?;
    Arguments::add(arguments, fields.last)?;
    for part in fields.key {
        Arguments::add(arguments, part)?;
    }
    Arguments::add(arguments, fields.previous)?;
    for number in fields.numbers {
        Arguments::add(arguments, number)?;
    }
    Arguments::add(arguments, fields.head)?;
    Arguments::add(arguments, fields.value)?;
    Arguments::add(arguments, sum)
}
