use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use ring::digest::{Context, SHA256};

use super::message::{Ask, Told};
use super::{Network, SnapshotCopy, Vote};
use crate::Member;
use crate::peers::Lane;
use crate::sqlite::format::{LogIdForm, MembershipForm, VoteForm};

/// Bytes of one part: what sender and receiver hold of a snapshot at a time.
const PART: u64 = 1 << 20;
/// How long one part may take.
const PART_LIMIT: Duration = Duration::from_secs(15);
/// How long the receiver may take to put a whole snapshot in its place.
const INSTALL_LIMIT: Duration = Duration::from_secs(300);

static TRANSFERS: AtomicU64 = AtomicU64::new(1);

/// Sends a copy of the tables to `to`, which puts it in the place of its own. The vote it then holds comes back.
pub(super) async fn send_snapshot(network: &Network, to: &Member, vote: &Vote) -> io::Result<Vote> {
    let SnapshotCopy { file, applied, membership } = network.snapshots.copy().await?;
    let length = file.length()?;
    let transfer = TRANSFERS.fetch_add(1, Ordering::Relaxed);
    let begin = Ask::SnapshotBegin {
        transfer,
        vote: VoteForm::from(vote),
        last: applied.as_ref().map(LogIdForm::from),
        members: MembershipForm::of(membership.log_id().as_ref(), membership.membership()),
        length,
    };
    tell(network, to, &begin, Bytes::new(), PART_LIMIT).await?;
    let mut hash = Context::new(&SHA256);
    let mut offset = 0;
    while offset < length {
        let mut part = vec![0; usize::try_from(PART.min(length - offset)).unwrap_or_default()];
        file.read(&mut part, offset)?;
        hash.update(&part);
        let sent = part.len() as u64;
        tell(network, to, &Ask::SnapshotPart { transfer, offset }, part.into(), PART_LIMIT).await?;
        offset += sent;
    }
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(hash.finish().as_ref());
    match tell(network, to, &Ask::SnapshotEnd { transfer, sha256 }, Bytes::new(), INSTALL_LIMIT).await? {
        Told::Installed(vote) => Ok(vote.into()),
        other => Err(io::Error::other(format!("an answer that does not fit: {other:?}"))),
    }
}

async fn tell(network: &Network, to: &Member, ask: &Ask, tail: Bytes, limit: Duration) -> io::Result<Told> {
    match network.ask(to, Lane::Bulk, ask, &[tail], limit).await.map_err(io::Error::other)? {
        Told::Failed(why) => Err(io::Error::other(why)),
        told => Ok(told),
    }
}
