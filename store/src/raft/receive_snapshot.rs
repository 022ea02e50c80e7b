use std::io;
use std::sync::Arc;

use openraft::type_config::alias::{SnapshotMetaOf, SnapshotOf};
use parking_lot::Mutex;
use ring::digest::{Context, SHA256};

use super::{Raft, SnapshotBytes, SnapshotData, SnapshotSource, StoredMembership, TypeConfig, Vote};
use crate::sqlite::format::{LogIdForm, MembershipForm, VoteForm};

/// Takes in a snapshot part by part. A new one ends the one before.
pub(crate) struct Incoming {
    place: Arc<dyn SnapshotSource>,
    current: Mutex<Option<Transfer>>,
}

struct Transfer {
    id: u64,
    vote: Vote,
    meta: SnapshotMetaOf<TypeConfig>,
    file: Arc<dyn SnapshotBytes>,
    length: u64,
    taken: u64,
    hash: Context,
}

impl Incoming {
    /// Snapshots are gathered at `place`.
    pub fn new(place: Arc<dyn SnapshotSource>) -> Self {
        Self { place, current: Mutex::default() }
    }

    /// A snapshot of `length` bytes will follow.
    pub fn begin(
        &self,
        id: u64,
        vote: VoteForm,
        last: Option<LogIdForm>,
        members: &MembershipForm,
        length: u64,
    ) -> io::Result<()> {
        let last_membership: StoredMembership = members.stored().map_err(io::Error::other)?;
        let meta = SnapshotMetaOf::<TypeConfig> { last_log_id: last.map(Into::into), last_membership };
        let mut current = self.current.lock();
        // The file of the one before goes first: both have the same name.
        drop(current.take());
        let file = self.place.incoming()?;
        *current = Some(Transfer { id, vote: vote.into(), meta, file, length, taken: 0, hash: Context::new(&SHA256) });
        Ok(())
    }

    /// The next part.
    pub fn part(&self, id: u64, offset: u64, part: &[u8]) -> io::Result<()> {
        let mut current = self.current.lock();
        let transfer = current.as_mut().filter(|transfer| transfer.id == id).ok_or_else(unknown)?;
        if offset != transfer.taken || part.len() as u64 > transfer.length - transfer.taken {
            return Err(io::Error::other(format!("a part at {offset}, but {} bytes are here", transfer.taken)));
        }
        transfer.file.write(part, offset)?;
        transfer.hash.update(part);
        transfer.taken += part.len() as u64;
        Ok(())
    }

    /// All parts were sent: puts the snapshot in the place of the tables, where it is whole. The vote held here
    /// comes back.
    pub async fn end(&self, id: u64, sha256: [u8; 32], raft: &Raft) -> io::Result<Vote> {
        let transfer = self.current.lock().take_if(|transfer| transfer.id == id).ok_or_else(unknown)?;
        if transfer.taken != transfer.length || transfer.hash.finish().as_ref() != sha256 {
            return Err(io::Error::other("the snapshot did not arrive whole"));
        }
        transfer.file.sync().await?;
        let data = SnapshotData::Copy(transfer.file);
        let snapshot = SnapshotOf::<TypeConfig, SnapshotData> { meta: transfer.meta, snapshot: data };
        let response = raft.install_full_snapshot(transfer.vote, snapshot).await.map_err(io::Error::other)?;
        Ok(response.vote)
    }
}

fn unknown() -> io::Error {
    io::Error::other("this snapshot is not being sent")
}
