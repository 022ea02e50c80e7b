use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use openraft::async_runtime::watch::WatchReceiver;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Raft;
use crate::peers::Transport;
use crate::{Leadership, Member};

/// Whether a member neither votes nor asks for votes.
pub(super) type Abstaining = Arc<AtomicBool>;

/// Between two tries to be elected while votes are still withheld: a refusal costs nothing.
const STEP: Duration = Duration::from_millis(10);
/// How much longer each further member leaves the place to those before it.
const TURN: Duration = Duration::from_millis(40);
/// Keeps the connections to the other members warm. Where the leader's process is seen to have ended, another is
/// elected as soon as votes are no longer withheld, instead of after further silence. A member that is wrong about the
/// leader disturbs nobody: whoever hears the leader withholds its vote.
/// After `longest` it is left to the timing that holds for any silence. A member that abstains leaves it to the others.
pub(crate) async fn succeed(
    raft: Raft,
    transport: Arc<dyn Transport>,
    leadership: watch::Receiver<Leadership>,
    longest: Duration,
    abstains: Abstaining,
) {
    let mut metrics = raft.server_metrics();
    let mut watched = BTreeMap::new();
    let mut tasks = JoinSet::new();
    loop {
        let others = others(&raft);
        watched.retain(|id, (address, task): &mut (String, tokio::task::AbortHandle)| {
            let stays = others.iter().any(|other| other.id == *id && other.address == *address);
            if !stays {
                task.abort();
            }
            stays
        });
        for other in others {
            if !watched.contains_key(&other.id) {
                let (id, address) = (other.id, other.address.clone());
                let way = (raft.clone(), Arc::clone(&transport), leadership.clone());
                let task = tasks.spawn(watch_one(way, other, longest, Arc::clone(&abstains)));
                watched.insert(id, (address, task));
            }
        }
        while tasks.try_join_next().is_some() {}
        if metrics.changed().await.is_err() {
            return;
        }
    }
}

/// All members but this one.
fn others(raft: &Raft) -> Vec<Member> {
    let metrics = raft.server_metrics();
    let metrics = metrics.borrow_watched();
    let nodes = metrics.membership_config.membership().nodes().filter(|(id, _)| **id != metrics.id);
    nodes.map(|(id, node)| Member { id: *id, address: node.addr.clone() }).collect()
}

async fn watch_one(
    (raft, transport, leadership): (Raft, Arc<dyn Transport>, watch::Receiver<Leadership>),
    member: Member,
    longest: Duration,
    abstains: Abstaining,
) {
    loop {
        transport.gone(&member).await;
        let led = leadership.borrow().leader.is_some_and(|leader| leader.node == member.id);
        if led && !abstains.load(Ordering::Acquire) {
            // Over where somebody else leads, or this one: then there is nothing left to do here.
            let _ = tokio::time::timeout(longest, campaign(&raft, member.id, leadership.clone())).await;
        }
    }
}

/// Tries to lead in the place of `gone` until somebody does, or asks for votes already.
async fn campaign(raft: &Raft, gone: u64, mut leadership: watch::Receiver<Leadership>) {
    let Some(place) = place(raft, gone) else { return };
    let turn = Instant::now() + TURN * place;
    tracing::info!(leader = gone, place, "the leader's process has ended");
    while votes_for(raft, gone) {
        if Instant::now() >= turn && raft.trigger().elect(true).await.is_err() {
            return;
        }
        let replaced = leadership.wait_for(|now| now.leader.is_none_or(|leader| leader.node != gone));
        if tokio::time::timeout(STEP, replaced).await.is_ok() {
            return;
        }
    }
}

/// Whether this member still holds the vote under which `gone` led.
fn votes_for(raft: &Raft, gone: u64) -> bool {
    let metrics = raft.server_metrics();
    let metrics = metrics.borrow_watched();
    metrics.vote.committed && metrics.vote.leader_id.node_id == gone
}

/// How many voters stand before this one; `None` where it has no vote.
fn place(raft: &Raft, gone: u64) -> Option<u32> {
    let metrics = raft.server_metrics();
    let metrics = metrics.borrow_watched();
    let mut voters: Vec<u64> = metrics.membership_config.voter_ids().filter(|id| *id != gone).collect();
    voters.sort_unstable();
    let place = voters.iter().position(|id| *id == metrics.id)?;
    u32::try_from(place).ok()
}
