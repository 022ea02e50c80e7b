use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use openraft::async_runtime::watch::WatchReceiver;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::silence::Heard;
use super::{Raft, Timing};
use crate::peers::Transport;
use crate::{Leadership, Member};

/// Whether a member neither votes nor asks for votes.
pub(super) type Abstaining = Arc<AtomicBool>;

/// Between two tries to be elected while votes are still withheld: a refusal costs nothing.
const STEP: Duration = Duration::from_millis(10);

/// Keeps the connections to the other members warm. Where the leader's process is seen to have ended, another is
/// elected as soon as votes are no longer withheld, instead of after further silence. A member that is wrong about the
/// leader disturbs nobody: whoever hears the leader withholds its vote.
/// After twice the time that votes are withheld it is left to the timing that holds for any silence. A member that
/// abstains leaves it to the others.
pub(crate) async fn succeed(
    raft: Raft,
    transport: Arc<dyn Transport>,
    leadership: watch::Receiver<Leadership>,
    (heard, timing): (Heard, Timing),
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
                let way = (Arc::clone(&transport), leadership.clone());
                let successor = Successor { raft: raft.clone(), heard: heard.clone(), timing };
                let task = tasks.spawn(watch_one(way, other, successor, Arc::clone(&abstains)));
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
    (transport, leadership): (Arc<dyn Transport>, watch::Receiver<Leadership>),
    member: Member,
    successor: Successor,
    abstains: Abstaining,
) {
    loop {
        transport.gone(&member).await;
        let led = leadership.borrow().leader.is_some_and(|leader| leader.node == member.id);
        if led && !abstains.load(Ordering::Acquire) {
            let longest = successor.timing.withheld() * 2;
            // Over where somebody else leads, or this one: then there is nothing left to do here.
            let _ = tokio::time::timeout(longest, successor.campaign(member.id, leadership.clone())).await;
        }
    }
}

/// What it takes to be elected in the place of a leader whose process has ended.
struct Successor {
    raft: Raft,
    heard: Heard,
    timing: Timing,
}

/// What this member's vote says about a leader that has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// It is still that leader's.
    Bereft,
    /// Its own: it asked for the others' votes and has not got enough of them.
    Asking,
    /// Another's, or it leads.
    Settled,
}

impl Successor {
    /// Tries to lead in the place of `gone` until somebody does, or was given this member's vote.
    ///
    /// Members that ask at the same moment all vote for themselves, and nobody leads. As each counts its turn from the
    /// moment at which its own vote is free, those before it have been elected by then.
    async fn campaign(&self, gone: u64, mut leadership: watch::Receiver<Leadership>) {
        let Some(place) = place(&self.raft, gone) else { return };
        let turn = self.timing.vote();
        tracing::info!(leader = gone, place, "the leader's process has ended");
        // Nobody is before the first: it asks until it is heard.
        let mut due = if place == 0 { Instant::now() } else { self.heard.last() + self.timing.withheld() + turn * place };
        let mut stood = Stands::Bereft;
        loop {
            let stands = stands(&self.raft, gone);
            if stands == Stands::Settled {
                return;
            }
            if stands == Stands::Asking && stood == Stands::Bereft {
                due = Instant::now() + turn * (place + 1);
            }
            stood = stands;
            if Instant::now() >= due {
                if self.raft.trigger().elect(true).await.is_err() {
                    return;
                }
                if stands == Stands::Asking {
                    due = Instant::now() + turn * (place + 1);
                }
            }
            if let Ok(Err(_)) = tokio::time::timeout(STEP, leadership.changed()).await {
                return;
            }
        }
    }
}

fn stands(raft: &Raft, gone: u64) -> Stands {
    let metrics = raft.server_metrics();
    let metrics = metrics.borrow_watched();
    match (metrics.vote.committed, metrics.vote.leader_id.node_id) {
        (true, node) if node == gone => Stands::Bereft,
        (false, node) if node == metrics.id => Stands::Asking,
        _ => Stands::Settled,
    }
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
