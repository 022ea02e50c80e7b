use bytes::Bytes;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::FILE;
use crate::raft::{Entry, LeaderId, LogId, Payload, Proposal};
use crate::sqlite::OpenError;
use crate::sqlite::format::MembershipForm;
use crate::sqlite::sql::uint;

const BLANK: u8 = 0;
const COMMITS: u8 = 1;
const MEMBERSHIP: u8 = 2;

/// The columns that [`LogRow::read`] reads.
pub(super) const COLUMNS: &str = "idx, term, node, kind, payload, crc, committed";

/// One entry as a row.
#[derive(Clone, Debug)]
pub(crate) struct LogRow {
    /// The entry's place.
    pub id: LogId,
    /// What the payload is.
    pub kind: u8,
    /// The bytes.
    pub payload: Bytes,
}

impl LogRow {
    /// The row of `entry`.
    pub fn of(entry: &Entry) -> Result<Self, std::io::Error> {
        let (kind, payload) = match &entry.payload {
            Payload::Blank => (BLANK, Bytes::new()),
            Payload::Normal(proposal) => (COMMITS, proposal.bytes.clone()),
            Payload::Membership(membership) => {
                let form = MembershipForm::of(Some(&entry.log_id), membership);
                (MEMBERSHIP, postcard::to_allocvec(&form).map_err(std::io::Error::other)?.into())
            }
        };
        Ok(Self { id: entry.log_id, kind, payload })
    }

    /// Over everything the row says, with how far the log was `committed` when it was written.
    pub fn crc(&self, committed: u64) -> i64 {
        self.hashed(&[committed])
    }

    /// As [`Self::crc`] was in format 1, where it left out how far the log was committed.
    pub fn old_crc(&self) -> i64 {
        self.hashed(&[])
    }

    fn hashed(&self, more: &[u64]) -> i64 {
        let mut hasher = crc32fast::Hasher::new();
        let own = [self.id.index, self.id.leader_id.term, self.id.leader_id.node_id, u64::from(self.kind)];
        for number in own.iter().chain(more) {
            hasher.update(&number.to_le_bytes());
        }
        hasher.update(&self.payload);
        i64::from(hasher.finalize())
    }

    /// The members, where the row is about them.
    pub fn members(&self) -> Option<MembershipForm> {
        (self.kind == MEMBERSHIP).then(|| postcard::from_bytes(&self.payload).ok())?
    }

    /// Reads [`COLUMNS`] and checks them.
    pub fn read(row: &SqliteRow) -> Result<Self, OpenError> {
        let sql = OpenError::sql(FILE);
        let committed = row.try_get::<i64, _>(6).map(uint).map_err(&sql)?;
        let (read, crc) = Self::unchecked(row)?;
        if read.crc(committed) != crc {
            return Err(damaged(format!("entry {} has a wrong checksum", read.id.index)));
        }
        Ok(read)
    }

    /// Reads [`COLUMNS`] without the last. The row's checksum comes with it.
    pub fn unchecked(row: &SqliteRow) -> Result<(Self, i64), OpenError> {
        let sql = OpenError::sql(FILE);
        let number = |at: usize| row.try_get::<i64, _>(at).map(uint);
        let leader_id = LeaderId { term: number(1).map_err(&sql)?, node_id: number(2).map_err(&sql)? };
        let id = LogId::new(leader_id, number(0).map_err(&sql)?);
        let kind = u8::try_from(number(3).map_err(&sql)?).unwrap_or(u8::MAX);
        let payload: Vec<u8> = row.try_get(4).map_err(&sql)?;
        let crc = row.try_get(5).map_err(&sql)?;
        Ok((Self { id, kind, payload: payload.into() }, crc))
    }

    /// The entry of the row.
    pub fn entry(self) -> Result<Entry, OpenError> {
        let undecodable = |_| damaged(format!("the membership in entry {} is undecodable", self.id.index));
        let payload = match self.kind {
            BLANK => Payload::Blank,
            COMMITS => Payload::Normal(Proposal::stored(self.payload)),
            MEMBERSHIP => {
                let form: MembershipForm = postcard::from_bytes(&self.payload).map_err(|_| undecodable(()))?;
                Payload::Membership(form.membership().map_err(|_| undecodable(()))?)
            }
            other => return Err(damaged(format!("entry {} is of the unknown kind {other}", self.id.index))),
        };
        Ok(Entry { log_id: self.id, payload })
    }
}

fn damaged(what: String) -> OpenError {
    OpenError::Damaged { file: FILE, what }
}
