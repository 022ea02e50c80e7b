use std::sync::Arc;

use bytes::Bytes;
use kontiki_api::Text;
use kontiki_api::meta::{Head, Key, Revision};
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::{Cause, RequestId, User, Verb};
use kontiki_api::time::Time;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::FILE;
use super::sums::{ChangeFields, CommitFields};
use crate::destroyed::stand_in;
use crate::sqlite::OpenError;
use crate::sqlite::format::{decode_origin, verb_of};
use crate::sqlite::keyring::{Keyring, is_destroyed};
use crate::sqlite::sql::uint;

/// The columns of [`ObjectRow`], in `change`.
pub(super) const OBJECT: &str = "change.rev, change.resource, change.namespace, change.name, change.previous, change.deleted, \
                                 change.sealed, change.keep, change.splice, change.head, change.value, change.last, change.crc";
/// How many these are.
pub(super) const OBJECT_COLUMNS: usize = 13;
/// The columns of [`CommitRow`], in `commits`.
pub(super) const COMMIT: &str =
    "commits.last, commits.first, commits.time, commits.id, commits.verb, commits.manager, commits.origin, commits.crc";
/// How many these are.
pub(super) const COMMIT_COLUMNS: usize = 8;

/// One row of `change`.
pub(crate) struct ObjectRow {
    /// The object as of then, its value opened.
    pub object: Arc<Object>,
    /// The revision it replaced.
    pub previous: Option<Revision>,
    /// Whether it is a deletion.
    pub deleted: bool,
    /// Whether it is kept beyond the window.
    pub keep: bool,
}

impl ObjectRow {
    /// Reads the columns [`OBJECT`] from the column `at` on.
    pub fn read(row: &SqliteRow, at: usize, keyring: &Keyring) -> Result<Self, OpenError> {
        let sql = OpenError::sql(FILE);
        let number = |column: usize| row.try_get::<i64, _>(at + column).map_err(&sql);
        let text = |column: usize| row.try_get::<&str, _>(at + column).map(Text::from).map_err(&sql);
        let revision = Revision(uint(number(0)?));
        check_change(row, at)?;
        let resource: &str = row.try_get(at + 1).map_err(&sql)?;
        let key = Key::new(resource, text(2)?, text(3)?);
        let damaged =
            |what: &str| OpenError::Damaged { file: FILE, what: format!("{what} of {key} at {revision} is undecodable") };
        let head = Head::from_bytes(row.try_get(at + 9).map_err(&sql)?).ok_or_else(|| damaged("the head"))?;
        let value: Vec<u8> = row.try_get(at + 10).map_err(&sql)?;
        let sealed = number(6)? != 0;
        let destroyed = sealed && is_destroyed(&value);
        let value = if sealed && !destroyed {
            keyring.unseal(&key, &value).map_err(|_| damaged("the sealed value"))?
        } else {
            Bytes::from(value)
        };
        let splice = u32::try_from(number(8)?).map_err(|_| damaged("the splice"))?;
        if splice as usize > value.len() && !destroyed {
            return Err(damaged("the splice"));
        }
        let previous: Option<i64> = row.try_get(at + 4).map_err(&sql)?;
        let (deleted, keep) = (number(5)? != 0, number(7)? != 0);
        let draft = Draft { key, head, value, splice };
        let object = if destroyed { stand_in(draft) } else { draft }.at(revision);
        Ok(Self { object, previous: previous.map(|rev| Revision(uint(rev))), deleted, keep })
    }
}

/// Refuses a row of `change` that is not what was written. Returns the bytes of its value.
pub(super) fn check_change(row: &SqliteRow, at: usize) -> Result<usize, OpenError> {
    let sql = OpenError::sql(FILE);
    let number = |column: usize| row.try_get::<i64, _>(at + column).map_err(&sql);
    let text = |column: usize| row.try_get::<&str, _>(at + column).map_err(&sql);
    let fields = ChangeFields {
        rev: number(0)?,
        last: number(11)?,
        key: [text(1)?, text(2)?, text(3)?],
        previous: row.try_get(at + 4).map_err(&sql)?,
        numbers: [number(5)?, number(6)?, number(7)?, number(8)?],
        head: row.try_get(at + 9).map_err(&sql)?,
        value: row.try_get(at + 10).map_err(&sql)?,
    };
    if fields.sum() == number(12)? {
        return Ok(fields.value.len());
    }
    let ([resource, namespace, name], rev) = (fields.key, fields.rev);
    let what = format!("the change of {resource} {namespace}/{name} at revision {rev} has a wrong checksum");
    Err(OpenError::Damaged { file: FILE, what })
}

/// One row of `commits`.
pub(crate) struct CommitRow {
    /// The commit's end.
    pub end: Revision,
    /// Its first revision.
    pub first: Revision,
    /// When.
    pub time: Time,
    /// Under which request id.
    pub id: RequestId,
    /// By which verb.
    pub verb: Verb,
    /// Under which field manager.
    pub manager: Text,
    /// Who.
    pub actor: User,
    /// Why.
    pub cause: Cause,
}

impl CommitRow {
    /// Reads the columns [`COMMIT`] from the column `at` on.
    pub fn read(row: &SqliteRow, at: usize) -> Result<Self, OpenError> {
        let sql = OpenError::sql(FILE);
        let number = |column: usize| row.try_get::<i64, _>(at + column).map_err(&sql);
        let end = Revision(uint(number(0)?));
        let damaged = |what: &str| OpenError::Damaged { file: FILE, what: format!("{what} of commit {end} is undecodable") };
        let raw_id: &[u8] = row.try_get(at + 3).map_err(&sql)?;
        let id = u128::from_be_bytes(raw_id.try_into().map_err(|_| damaged("the request id"))?);
        let verb = u8::try_from(number(4)?).ok().and_then(verb_of).ok_or_else(|| damaged("the verb"))?;
        let manager: &str = row.try_get(at + 5).map_err(&sql)?;
        let origin = row.try_get(at + 6).map_err(&sql)?;
        let fields = CommitFields { numbers: [number(0)?, number(1)?, number(2)?, number(4)?], id: raw_id, manager, origin };
        if fields.sum() != number(7)? {
            let what = format!("commit {end} has a wrong checksum");
            return Err(OpenError::Damaged { file: FILE, what });
        }
        let (actor, cause) = decode_origin(origin).map_err(|_| damaged("the origin"))?;
        let (first, time) = (Revision(uint(number(1)?)), Time::from_micros(number(2)?));
        Ok(Self { end, first, time, id: RequestId(id), verb, manager: manager.into(), actor, cause })
    }
}
