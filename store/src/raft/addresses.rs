use std::sync::{Arc, OnceLock};

use openraft::async_runtime::watch::WatchReceiver;
use openraft::metrics::RaftServerMetrics;
use openraft::type_config::alias::WatchReceiverOf;

use super::{Raft, TypeConfig};
use crate::Member;

/// Where members are reached now. A way to a peer is made once and outlives its address.
#[derive(Clone, Default)]
pub(crate) struct Addresses(Arc<OnceLock<WatchReceiverOf<TypeConfig, RaftServerMetrics<TypeConfig>>>>);

impl Addresses {
    /// From now on the members are those of `raft`.
    pub fn follow(&self, raft: &Raft) {
        let _ = self.0.set(raft.server_metrics());
    }

    /// `member` at its newest address; as it is where it is no member.
    pub fn now(&self, member: &Member) -> Member {
        let address = self.0.get().and_then(|metrics| {
            let metrics = metrics.borrow_watched();
            metrics.membership_config.membership().get_node(&member.id).map(|node| node.addr.clone())
        });
        address.map_or_else(|| member.clone(), |address| Member { id: member.id, address })
    }
}
