use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::impls::BasicNode;
use openraft::network::RPCOption;
use openraft::network::v2::RaftNetworkV2;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, TransferLeaderRequest, TransferLeaderResponse, VoteRequest,
    VoteResponse,
};
use openraft::type_config::alias::SnapshotOf;
use openraft::{OptionalSend, RaftNetworkFactory};

use super::acknowledged::Acknowledged;
use super::addresses::Addresses;
use super::disclosed::Disclosed;
use super::message::{self, Ask, Told};
use super::send_snapshot::send_snapshot;
use super::{SnapshotData, SnapshotSource, TypeConfig, Vote};
use crate::Member;
use crate::peers::{Lane, Transport, TransportError};

/// How long entries may take to be on a peer's disk before they are sent again.
const APPEND: Duration = Duration::from_secs(1);

/// How long no log is given up once a snapshot has been sent.
const CATCH_UP: Duration = Duration::from_secs(30);

/// Makes the ways to peers.
#[derive(Clone)]
pub(crate) struct Network {
    /// Carries the messages.
    pub transport: Arc<dyn Transport>,
    /// This member.
    pub id: u64,
    /// Where snapshots come from.
    pub snapshots: Arc<dyn SnapshotSource>,
    /// How many snapshots are on their way.
    pub transfers: Arc<AtomicUsize>,
    /// Where members are reached.
    pub addresses: Addresses,
    /// How much others were told to be committed.
    pub disclosed: Disclosed,
}

/// The way to one peer.
pub(crate) struct Peer {
    network: Network,
    to: Member,
    lane: Lane,
    acknowledged: Acknowledged,
}

impl Network {
    fn peer(&self, id: u64, node: &BasicNode, lane: Lane) -> Peer {
        let to = Member { id, address: node.addr.clone() };
        Peer { network: self.clone(), to, lane, acknowledged: Acknowledged::default() }
    }

    /// The answer of `to` to `ask`, with the bytes behind it.
    pub async fn ask(&self, to: &Member, lane: Lane, ask: &Ask, tail: &[Bytes], limit: Duration) -> Result<Told, TransportError> {
        let to = &self.addresses.now(to);
        let message = message::encode(self.id, to.id, ask, tail);
        let answer = self.transport.call(to, lane, message, limit).await?;
        let (_, _, told, _) =
            message::decode::<Told>(&answer).map_err(|error| TransportError::Unanswered(to.id, error.to_string()))?;
        Ok(told)
    }
}

impl RaftNetworkFactory<TypeConfig> for Network {
    type Network = Peer;

    async fn new_client(&mut self, target: u64, node: &BasicNode) -> Peer {
        self.peer(target, node, Lane::Log)
    }

    async fn new_heartbeat_client(&mut self, target: u64, node: &BasicNode) -> Peer {
        self.peer(target, node, Lane::Pulse)
    }

    async fn new_snapshot_client(&mut self, target: u64, node: &BasicNode) -> Peer {
        self.peer(target, node, Lane::Bulk)
    }
}

impl Peer {
    async fn ask<T>(
        &self,
        lane: Lane,
        ask: &Ask,
        tail: &[Bytes],
        limit: Duration,
        read: impl FnOnce(Told) -> Option<T>,
    ) -> Result<T, RPCError<TypeConfig>> {
        let told = self.network.ask(&self.to, lane, ask, tail, limit).await.map_err(failed)?;
        let what = match &told {
            Told::Failed(why) => why.clone(),
            other => format!("an answer that does not fit: {other:?}"),
        };
        read(told).ok_or_else(|| RPCError::Network(NetworkError::new(&io::Error::other(what))))
    }
}

fn failed(error: TransportError) -> RPCError<TypeConfig> {
    match &error {
        TransportError::Unreachable(..) => RPCError::Unreachable(Unreachable::new(&error)),
        TransportError::Unanswered(..) => RPCError::Network(NetworkError::new(&error)),
    }
}

/// The log stays for a while behind a snapshot that has been sent: its receiver has to catch up from there.
struct Held(Arc<AtomicUsize>);

impl Held {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(count))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let count = Arc::clone(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(CATCH_UP).await;
            count.fetch_sub(1, Ordering::AcqRel);
        });
    }
}

impl RaftNetworkV2<TypeConfig> for Peer {
    type SnapshotData = SnapshotData;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<TypeConfig>, RPCError<TypeConfig>> {
        if let Some(committed) = &request.leader_commit {
            self.network.disclosed.tell(committed.index);
        }
        let limit = if request.entries.is_empty() { option.hard_ttl() * 2 } else { APPEND };
        let (ask, tail) = message::append_ask(&request).map_err(|error| RPCError::Unreachable(Unreachable::new(&error)))?;
        let response = self.ask(self.lane, &ask, &tail, limit, message::append_response).await?;
        if self.acknowledged.is_broken_by(&request, &response) {
            tracing::error!(
                member = self.to.id,
                "it lacks what it acknowledged: its files were lost, or put back to an earlier state. \
                 If it does not say itself that it catches up, remove it and let it join anew"
            );
        }
        Ok(response)
    }

    async fn vote(
        &mut self,
        request: VoteRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<VoteResponse<TypeConfig>, RPCError<TypeConfig>> {
        let ask = message::vote_ask(&request, false);
        self.ask(Lane::Pulse, &ask, &[], option.hard_ttl(), message::vote_response).await
    }

    async fn pre_vote(
        &mut self,
        request: VoteRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<VoteResponse<TypeConfig>, RPCError<TypeConfig>> {
        let ask = message::vote_ask(&request, true);
        self.ask(Lane::Pulse, &ask, &[], option.hard_ttl(), message::vote_response).await
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        _snapshot: SnapshotOf<TypeConfig, SnapshotData>,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _option: RPCOption,
    ) -> Result<SnapshotResponse<TypeConfig>, StreamingError<TypeConfig>> {
        let _held = Held::new(&self.network.transfers);
        tokio::select! {
            sent = send_snapshot(&self.network, &self.to, &vote) => match sent {
                Ok(vote) => Ok(SnapshotResponse::new(vote)),
                Err(error) => Err(StreamingError::Unreachable(Unreachable::new(&error))),
            },
            closed = cancel => Err(StreamingError::Closed(closed)),
        }
    }

    async fn transfer_leader(
        &mut self,
        request: TransferLeaderRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<TransferLeaderResponse<TypeConfig>, RPCError<TypeConfig>> {
        let ask = message::transfer_ask(&request);
        self.ask(Lane::Pulse, &ask, &[], option.hard_ttl(), message::transfer_response).await
    }
}
