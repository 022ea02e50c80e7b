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
        let ChangeFields { rev, key: [resource, namespace, name], previous, numbers, head, value, .. } = check_change(row, at)?;
        let [deleted, sealed, keep, splice] = numbers;
        let revision = Revision(uint(rev));
        let key = Key::new(resource, Text::from(namespace), Text::from(name));
        let damaged =
            |what: &str| OpenError::Damaged { file: FILE, what: format!("{what} of {key} at {revision} is undecodable") };
        let head = Head::from_bytes(head).ok_or_else(|| damaged("the head"))?;
        let destroyed = sealed != 0 && is_destroyed(value);
        let value = if sealed != 0 && !destroyed {
            keyring.unseal(&key, value).map_err(|_| damaged("the sealed value"))?
        } else {
            Bytes::copy_from_slice(value)
        };
        let splice = u32::try_from(splice).map_err(|_| damaged("the splice"))?;
        if splice as usize > value.len() && !destroyed {
            return Err(damaged("the splice"));
        }
        let draft = if destroyed { stand_in(key, head) } else { Draft { key, head, value, splice } };
        let object = draft.at(revision);
        Ok(Self { object, previous: previous.map(|rev| Revision(uint(rev))), deleted: deleted != 0, keep: keep != 0 })
    }
}

/// The columns [`OBJECT`] from the column `at` on; refused where they are not what was written.
pub(super) fn check_change(row: &SqliteRow, at: usize) -> Result<ChangeFields<'_>, OpenError> {
    let sql = OpenError::sql(FILE);
    // Not asked for their type: the checksum says it all.
    let number = |column: usize| row.try_get_unchecked::<i64, _>(at + column).map_err(&sql);
    let text = |column: usize| row.try_get_unchecked::<&str, _>(at + column).map_err(&sql);
    let bytes = |column: usize| row.try_get_unchecked::<&[u8], _>(at + column).map_err(&sql);
    let fields = ChangeFields {
        rev: number(0)?,
        last: number(11)?,
        key: [text(1)?, text(2)?, text(3)?],
        previous: row.try_get_unchecked(at + 4).map_err(&sql)?,
        numbers: [number(5)?, number(6)?, number(7)?, number(8)?],
        head: bytes(9)?,
        value: bytes(10)?,
    };
    if fields.sum() == number(12)? {
        return Ok(fields);
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
        let number = |column: usize| row.try_get_unchecked::<i64, _>(at + column).map_err(&sql);
        let bytes = |column: usize| row.try_get_unchecked::<&[u8], _>(at + column).map_err(&sql);
        let numbers = [number(0)?, number(1)?, number(2)?, number(4)?];
        let manager: &str = row.try_get_unchecked(at + 5).map_err(&sql)?;
        let fields = CommitFields { numbers, id: bytes(3)?, manager, origin: bytes(6)? };
        let [last, first, time, verb] = numbers;
        let end = Revision(uint(last));
        if fields.sum() != number(7)? {
            let what = format!("commit {end} has a wrong checksum");
            return Err(OpenError::Damaged { file: FILE, what });
        }
        let damaged = |what: &str| OpenError::Damaged { file: FILE, what: format!("{what} of commit {end} is undecodable") };
        let CommitFields { id, origin, .. } = fields;
        let id = u128::from_be_bytes(id.try_into().map_err(|_| damaged("the request id"))?);
        let verb = u8::try_from(verb).ok().and_then(verb_of).ok_or_else(|| damaged("the verb"))?;
        let (actor, cause) = decode_origin(origin).map_err(|_| damaged("the origin"))?;
        let (first, time) = (Revision(uint(first)), Time::from_micros(time));
        Ok(Self { end, first, time, id: RequestId(id), verb, manager: manager.into(), actor, cause })
    }
}
