//! The store as the rest of Kontiki sees it.

use std::sync::Arc;

use async_trait::async_trait;
use kontiki_api::Text;
use kontiki_api::meta::{Key, Resource, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::RequestId;
use kontiki_api::time::Time;

use tokio::sync::watch;

use crate::{Commit, CommitError, Committed, HistoryEntry, Kept, Leadership, Order, Watch};

/// Which keys: everything, a collection, or a namespace of a collection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Range {
    /// Every object of the cluster.
    All,
    /// All objects of a collection.
    Resource(Resource),
    /// The objects of one namespace of a collection.
    Namespace(Resource, Text),
    /// One object.
    Key(Key),
}

impl Range {
    /// Whether `key` lies in the range.
    pub fn contains(&self, key: &Key) -> bool {
        match self {
            Self::All => true,
            Self::Resource(resource) => key.resource == *resource,
            Self::Namespace(resource, namespace) => key.resource == *resource && key.namespace == *namespace,
            Self::Key(only) => key == only,
        }
    }
}

/// A consistent list: all of `objects` as they were at `revision`, in key order.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The commit end the list shows.
    pub revision: Revision,
    /// The objects.
    pub objects: Vec<Arc<Object>>,
}

/// The revision asked for is no longer kept (or does not exist yet).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("revision {asked} is not kept: {oldest} to {newest} are")]
pub struct Expired {
    /// What was asked.
    pub asked: Revision,
    /// The oldest that can be answered.
    pub oldest: Revision,
    /// The newest there is.
    pub newest: Revision,
}

/// Figures for `kontiki status` and metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreStatus {
    /// Newest commit end.
    pub revision: Revision,
    /// Oldest revision a watch can start from.
    pub watchable_from: Revision,
    /// Objects now.
    pub objects: u64,
    /// Bytes of the current objects' values.
    pub bytes: u64,
    /// Whether this member leads and takes writes.
    pub leader: bool,
}

/// The log and the state it makes. Implementations pass the suite in `tests/it/suite`.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Makes the change durable and visible, or says why not. The answer comes after both.
    ///
    /// # Errors
    /// See [`CommitError`]; only `Unknown` leaves the outcome open.
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError>;

    /// Returns once every commit acknowledged anywhere before the call is visible here.
    ///
    /// # Errors
    /// `Unavailable` where that cannot be established now.
    async fn barrier(&self) -> Result<Revision, CommitError>;

    /// The newest visible commit end.
    fn revision(&self) -> Revision;

    /// The object now.
    fn get(&self, key: &Key) -> Option<Arc<Object>>;

    /// The objects of `range` now, in key order, as of one commit end.
    fn list(&self, range: &Range) -> Listing;

    /// The changes of `range` after `from` (exclusive), live from there on.
    ///
    /// # Errors
    /// [`Expired`] where changes after `from` are no longer kept, or `from` lies in the future.
    fn watch(&self, range: &Range, from: Revision) -> Result<Watch, Expired>;

    /// The object as of `revision`.
    ///
    /// # Errors
    /// [`Expired`] where that revision is no longer kept.
    async fn get_at(&self, key: &Key, revision: Revision) -> Result<Option<Arc<Object>>, Expired>;

    /// The objects of `range` as of `revision`; `Listing::revision` is the end of the commit that holds it.
    ///
    /// # Errors
    /// [`Expired`] where that revision is no longer kept.
    async fn list_at(&self, range: &Range, revision: Revision) -> Result<Listing, Expired>;

    /// The kept changes of `range`, deletions and deleted objects included, at most `limit`.
    ///
    /// # Errors
    /// [`Expired`] where the oldest after a revision are asked for that is no longer kept.
    async fn changes(&self, range: &Range, order: Order, limit: usize) -> Result<Vec<HistoryEntry>, Expired>;

    /// The kept changes of one key, oldest first, at most `limit` newest ones.
    async fn history(&self, key: &Key, limit: usize) -> Vec<HistoryEntry> {
        let newest = self.changes(&Range::Key(key.clone()), Order::NEWEST, limit).await;
        let mut entries = newest.unwrap_or_default();
        entries.reverse();
        entries
    }

    /// The newest commit end at `time`; 0 where that is before the first commit.
    ///
    /// # Errors
    /// [`Expired`] where what was then is no longer kept; it says nothing of what was asked.
    async fn revision_at(&self, time: Time) -> Result<Revision, Expired>;

    /// How far the past reaches.
    async fn kept(&self) -> Kept;

    /// What the commit made under `id` was answered with, for as long as the watch window holds it.
    fn outcome(&self, id: RequestId) -> Option<Committed>;

    /// Who leads, now and from now on.
    fn leadership(&self) -> watch::Receiver<Leadership>;

    /// Figures of this member.
    fn status(&self) -> StoreStatus;

    /// Ends watches, writes what is pending, closes the files.
    async fn close(&self);
}
