use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kontiki_api::meta::Revision;
use tokio::sync::RwLock;

use crate::core::Core;
use crate::raft::{Front, Proposals, Proposing, Replica};
use crate::sqlite::health::Health;
use crate::sqlite::keyring::Keyring;
use crate::{Commit, CommitError, Committed};

/// An open store as the clients of its process see it: the product's front over what it is made of here.
pub struct OpenStore {
    pub core: Core,
    pub replica: Replica,
    proposals: Proposals,
    keyring: Arc<Keyring>,
    sealing: RwLock<()>,
    health: Health,
    closed: AtomicBool,
}

impl OpenStore {
    pub fn new(core: Core, replica: Replica, proposals: Proposals, keyring: Arc<Keyring>, health: Health) -> Self {
        Self { core, replica, proposals, keyring, sealing: RwLock::default(), health, closed: AtomicBool::new(false) }
    }

    pub async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.check_open()?;
        self.front().commit(commit).await
    }

    pub async fn barrier(&self) -> Result<Revision, CommitError> {
        self.check_open()?;
        self.front().barrier().await
    }

    pub fn takes_commits(&self) -> bool {
        self.check_open().is_ok() && self.replica.leadership.borrow().own.is_some()
    }

    pub async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.core.close();
        // Where nobody listens any more, it has ended already.
        self.proposals.send(Proposing::Close).await;
    }

    fn front(&self) -> Front<'_> {
        let Self { core, replica, proposals, keyring, sealing, health, .. } = self;
        Front { core, replica, proposals, keyring, sealing, health }
    }

    fn check_open(&self) -> Result<(), CommitError> {
        let closed = self.closed.load(Ordering::Acquire);
        if closed { Err(CommitError::Unavailable("it is closed".into())) } else { self.health.check() }
    }
}
