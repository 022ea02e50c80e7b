use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::Member;

/// Messages of one lane may wait for each other; those of different lanes never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Log entries.
    Log,
    /// Heartbeats, votes and what else is small and urgent.
    Pulse,
    /// Snapshots.
    Bulk,
}

/// Why a message was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// It was not delivered: there is no connection to the member.
    #[error("member {0} cannot be reached: {1}")]
    Unreachable(u64, String),
    /// It may have been delivered.
    #[error("member {0} did not answer: {1}")]
    Unanswered(u64, String),
}

/// Carries messages between members. Delivers a message at most once, answers it at most once, keeps no order.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends `message` to the member `to` and returns its answer, or fails within `limit`.
    ///
    /// # Errors
    /// See [`TransportError`].
    async fn call(&self, to: &Member, lane: Lane, message: Bytes, limit: Duration) -> Result<Bytes, TransportError>;

    /// Keeps a connection to `member` and returns once it has broken and nothing listens there any more: the process
    /// has ended. Never returns on a transport that cannot tell.
    async fn gone(&self, _member: &Member) {
        std::future::pending().await
    }

    /// Hands every message for this member to `handler`. Ends only where nothing can arrive any more; dropping the
    /// future ends it too.
    async fn serve(&self, handler: Arc<dyn Handler>);
}

/// Answers the messages for one member.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// The answer to `message`.
    async fn handle(&self, message: Bytes) -> Bytes;
}
