use std::sync::Arc;

use kontiki_api::Text;
use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Connection, SqliteConnection};

use super::TableBatch;
use super::destroy::destroy;
use super::file::write_meta;
use crate::Event;
use crate::machine::{Record, RowNote};
use crate::sqlite::format::{LogIdForm, MembershipForm, encode_origin, verb_code};
use crate::sqlite::sql::{chunks, insert_rows, int, places};

/// Writes what a run of entries did, in one transaction together with how far that goes.
pub(super) async fn write(connection: &mut SqliteConnection, batches: &[TableBatch]) -> Result<(), sqlx::Error> {
    let Some(newest) = batches.last() else { return Ok(()) };
    let records: Vec<&Arc<Record>> = batches.iter().flat_map(|batch| &batch.records).collect();
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    write_records(&mut transaction, &records).await?;
    destroy(&mut transaction, records.iter().map(|record| &***record)).await?;
    if let Some(membership) = batches.iter().rev().find_map(|batch| batch.membership.as_ref()) {
        let form = MembershipForm::of(membership.log_id().as_ref(), membership.membership());
        write_meta(&mut transaction, "membership", &form).await?;
    }
    if let Some(record) = records.last() {
        write_meta(&mut transaction, "newest", &(record.end.0, record.time.as_micros())).await?;
    }
    write_meta(&mut transaction, "applied", &LogIdForm::from(&newest.applied)).await?;
    transaction.commit().await
}

async fn write_records(connection: &mut SqliteConnection, records: &[&Arc<Record>]) -> Result<(), sqlx::Error> {
    let columns = "INSERT INTO commits (last, first, time, id, verb, manager, origin) VALUES";
    insert_rows(connection, columns, 7, records, bind_commit).await?;
    let rows: Vec<Row<'_>> = records.iter().flat_map(|record| rows_of(record)).collect();
    let columns =
        "INSERT INTO change (rev, last, resource, namespace, name, previous, deleted, sealed, keep, splice, head, value) VALUES";
    insert_rows(connection, columns, 12, &rows, bind_change).await?;
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
    let counters: Vec<&(Text, i64)> = records.iter().flat_map(|record| &record.counters).collect();
    insert_rows(connection, "INSERT OR REPLACE INTO counter (name, value) VALUES", 2, &counters, |arguments, (name, value)| {
        Arguments::add(arguments, &**name)?;
        Arguments::add(arguments, *value)
    })
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
    Arguments::add(arguments, int(record.end.0))?;
    Arguments::add(arguments, int(record.first.0))?;
    Arguments::add(arguments, record.time.as_micros())?;
    Arguments::add(arguments, &record.id.0.to_be_bytes()[..])?;
    Arguments::add(arguments, i64::from(verb_code(record.verb)))?;
    Arguments::add(arguments, &*record.manager)?;
    Arguments::add(arguments, encode_origin(&record.actor, &record.cause)?)
}

fn bind_change(arguments: &mut SqliteArguments, row: &Row<'_>) -> Result<(), BoxDynError> {
    let object = &row.event.object;
    let sealed = row.note.and_then(|note| note.sealed.as_ref());
    Arguments::add(arguments, int(object.revision.0))?;
    Arguments::add(arguments, int(row.record.end.0))?;
    Arguments::add(arguments, object.key.resource.as_str())?;
    Arguments::add(arguments, &*object.key.namespace)?;
    Arguments::add(arguments, &*object.key.name)?;
    Arguments::add(arguments, row.event.previous.as_ref().map(|old| int(old.revision.0)))?;
    Arguments::add(arguments, i64::from(row.event.deleted))?;
    Arguments::add(arguments, i64::from(sealed.is_some()))?;
    Arguments::add(arguments, i64::from(row.note.is_none_or(|note| note.history)))?;
    Arguments::add(arguments, i64::from(object.splice))?;
    Arguments::add(arguments, object.head.to_bytes())?;
    Arguments::add(arguments, &sealed.unwrap_or(&object.value)[..])
}
