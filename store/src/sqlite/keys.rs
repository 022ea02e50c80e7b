use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::SqliteStore;
use super::keyring::{KeyError, KeyStatus};
use super::table::TableCommand;
use crate::Store;

impl SqliteStore {
    /// The cluster's keys that this member has.
    pub fn keys(&self) -> KeyStatus {
        self.keyring.status()
    }

    /// The cluster's key of this number, hexadecimal, for another member.
    pub fn cluster_key(&self, number: u32) -> Option<String> {
        self.keyring.secret(number)
    }

    /// Makes a new cluster key. It seals nothing until [`SqliteStore::seal_under`].
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn make_key(&self, number: u32) -> Result<(), KeyError> {
        self.keyring.make(number)
    }

    /// Takes a cluster key that another member has made.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn learn_key(&self, number: u32, secret: &str) -> Result<(), KeyError> {
        self.keyring.learn(number, secret)
    }

    /// Seals under this key from now on: what is committed after this returns is. Every member must have it before the first
    /// one does this.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn seal_under(&self, number: u32) -> Result<(), KeyError> {
        let _nobody_seals = self.sealing.write().await;
        self.keyring.seal_under(number)
    }

    /// Puts everything this member has on disk under the key that seals: the values in its tables, history included; what its
    /// log holds is taken out of it once it is in the tables. Commits before this call must have been applied here.
    ///
    /// # Errors
    /// See [`KeyError`]; then it can be called again.
    pub async fn rewrap(&self) -> Result<(), KeyError> {
        let number = self.keyring.status().seals;
        self.rewrap_tables().await?;
        let engine = self.keeper.engine();
        let purged = engine.runtime.spawn(engine.replica.purge());
        let purged = purged.await.map_err(|_| KeyError::Failed("the store is closing".into()))?;
        purged.map_err(KeyError::Failed)?;
        self.rewrapped.store(number, Ordering::Release);
        Ok(())
    }

    /// The key under which everything on disk here was last put; 0 where nothing was since the start.
    pub fn rewrapped(&self) -> u32 {
        self.rewrapped.load(Ordering::Acquire)
    }

    /// Destroys all cluster keys but the one that seals.
    ///
    /// # Errors
    /// `InUse` unless [`SqliteStore::rewrap`] succeeded under it.
    pub async fn forget_keys(&self) -> Result<(), KeyError> {
        let KeyStatus { known, seals } = self.keyring.status();
        if known.len() <= 1 {
            return Ok(());
        }
        if self.rewrapped() != seals {
            return Err(KeyError::InUse(seals));
        }
        // A snapshot may have brought older ones in since.
        self.rewrap_tables().await?;
        self.keyring.forget_others()
    }

    async fn rewrap_tables(&self) -> Result<(), KeyError> {
        let (mut after, end, engine) = (0, self.revision(), self.keeper.engine());
        loop {
            let (reply, answer) = oneshot::channel();
            let sent = engine.tables.send(TableCommand::Rewrap(after, reply)).await;
            sent.map_err(|_| KeyError::Failed("the store is closing".into()))?;
            match answer.await.map_err(|_| KeyError::Failed("state.db cannot be written".into()))? {
                Some(next) if super::sql::uint(next) < end.0 => after = next,
                _ => return Ok(()),
            }
        }
    }
}
