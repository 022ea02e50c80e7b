use bytes::Bytes;
use kontiki_api::meta::Revision;
use tokio::sync::{RwLock, oneshot};

use super::{Pending, Proposals, Proposing, Replica};
use crate::core::Core;
use crate::machine::{Proposed, check_shape};
use crate::sqlite::format::encode_commit;
use crate::sqlite::health::Health;
use crate::sqlite::keyring::{Keyring, SealError};
use crate::{Change, Commit, CommitError, Committed, Op};

/// A running member as those see it who write to it and read from it, wherever it keeps its log.
#[derive(Clone, Copy)]
pub(crate) struct Front<'a> {
    /// The state.
    pub core: &'a Core,
    /// This member among the others.
    pub replica: &'a Replica,
    /// Where commits go.
    pub proposals: &'a Proposals,
    /// What seals.
    pub keyring: &'a Keyring,
    /// Held by whoever changes the key that seals.
    pub sealing: &'a RwLock<()>,
    /// Whether writes are taken.
    pub health: &'a Health,
}

impl Front<'_> {
    /// See [`crate::Store::commit`].
    pub async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.health.check()?;
        check_shape(&commit)?;
        if self.replica.leadership.borrow().own.is_none() {
            return Err(CommitError::NotLeader);
        }
        if let Some(known) = self.confirmed(&commit).await? {
            return Ok(known);
        }
        // Until it is answered: whoever switches to a new key waits until nothing under the old one is on its way.
        let sealing = commit.changes.iter().any(|change| change.sealed);
        let _sealing = if sealing { Some(self.sealing.read().await) } else { None };
        let sealed = self.seal(&commit)?;
        let proposed = Proposed { commit, sealed };
        let encoded = encode_commit(&proposed).map_err(|error| CommitError::Refused(error.to_string()))?;
        let (reply, answer) = oneshot::channel();
        let pending = Box::new(Pending { proposed, encoded, reply });
        if !self.proposals.send(Proposing::Commit(pending)).await {
            return Err(self.health.check().err().unwrap_or(CommitError::Unavailable("it is closed".into())));
        }
        answer.await.map_err(|_| CommitError::Unknown("the store ended meanwhile".into()))?
    }

    /// See [`crate::Store::barrier`].
    pub async fn barrier(&self) -> Result<Revision, CommitError> {
        let confirmed = match self.health.check() {
            Ok(()) => self.replica.reads.barrier().await,
            stopped => stopped,
        };
        // Alone it knows everything that was acknowledged, also while it takes no writes.
        if self.health.reason().is_none() || !self.replica.reads.is_alone() {
            confirmed?;
        }
        Ok(self.core.revision())
    }

    /// A refusal, or an answer without a write, holds only where this member still leads.
    async fn confirmed(&self, commit: &Commit) -> Result<Option<Committed>, CommitError> {
        if let Ok(None) = self.core.decide(commit) {
            return Ok(None);
        }
        self.replica.reads.barrier().await?;
        self.core.decide(commit)
    }

    fn seal(&self, commit: &Commit) -> Result<Vec<Option<Bytes>>, CommitError> {
        if !commit.changes.iter().any(|change| change.sealed) {
            return Ok(Vec::new());
        }
        let seal_one = |change: &Change| match &change.op {
            Op::Put(draft) | Op::Delete(Some(draft)) if change.sealed => self.keyring.seal(&change.key, &draft.value).map(Some),
            // The state before would be written down as the last one, in the clear.
            Op::Delete(None) if change.sealed => Err(SealError::untold(&change.key)),
            _ => Ok(None),
        };
        let sealed: Result<_, _> = commit.changes.iter().map(seal_one).collect();
        sealed.map_err(|error| CommitError::Refused(error.to_string()))
    }
}
