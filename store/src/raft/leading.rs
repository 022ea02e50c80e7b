use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kontiki_api::request::LeaderId;
use openraft::ServerState;
use openraft::async_runtime::watch::WatchReceiver;
use tokio::sync::watch;

use super::{LogId, Raft};
use crate::Leadership;
use crate::core::Core;

/// Follows who leads until Raft ends. A leadership of this member counts from its first applied entry on: then
/// everything that earlier leaders wrote has been applied too. `sole` tells whether this member alone makes a quorum.
pub(crate) async fn follow_leadership(
    raft: Raft,
    core: Core,
    mut applied: watch::Receiver<Option<LogId>>,
    told: watch::Sender<Leadership>,
    sole: Arc<AtomicBool>,
) {
    let me = *raft.node_id();
    let mut metrics = raft.server_metrics();
    loop {
        let (leader, votes) = leader(&raft, &sole);
        raft.runtime_config().tick(!leads_nobody(&raft));
        applied.borrow_and_update();
        let leads = votes && leader.is_some_and(|leader| leader.node == me);
        let ready = leads && applied.borrow().is_some_and(|newest| Some(id_of(newest.leader_id)) == leader);
        told.send_if_modified(|known| {
            let since = known.own.filter(|_| known.leader == leader);
            let own = ready.then(|| since.unwrap_or_else(|| core.revision()));
            let now = Leadership { leader, own };
            std::mem::replace(known, now) != now
        });
        let ended = tokio::select! {
            changed = metrics.changed() => changed.is_err(),
            changed = applied.changed(), if leads && !ready => changed.is_err(),
        };
        if ended {
            break;
        }
    }
    told.send_replace(Leadership::default());
}

/// Who leads, and whether this member votes.
fn leader(raft: &Raft, sole: &AtomicBool) -> (Option<LeaderId>, bool) {
    let me = *raft.node_id();
    let metrics = raft.server_metrics();
    let metrics = metrics.borrow_watched();
    let votes = metrics.membership_config.voter_ids().any(|id| id == me);
    sole.store(votes && metrics.membership_config.voter_ids().all(|id| id == me), Ordering::Release);
    let leader = id_of(metrics.vote.leader_id);
    let known = metrics.vote.committed && (leader.node != me || metrics.state == ServerState::Leader);
    (known.then_some(leader), votes)
}

/// Whether this member leads and there is no other: then no time has to be kept.
fn leads_nobody(raft: &Raft) -> bool {
    let metrics = raft.server_metrics();
    let metrics = metrics.borrow_watched();
    let alone = metrics.membership_config.membership().nodes().all(|(id, _)| *id == metrics.id);
    alone && metrics.state == ServerState::Leader
}

fn id_of(id: super::LeaderId) -> LeaderId {
    LeaderId { term: id.term, node: id.node_id }
}
