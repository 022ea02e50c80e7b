use std::time::Duration;

use openraft::async_runtime::watch::WatchReceiver;

use super::message::{Ask, Told};
use super::silence::{Heard, until_not_leading};
use super::{Members, Network, Raft, Vote};
use crate::Member;
use crate::peers::Lane;

/// How long nothing is heard of a leader before the others are asked, and how long until they are asked again.
const SILENCE: Duration = Duration::from_secs(2);
/// How long one of them may take to answer.
const ONE_ASK: Duration = Duration::from_millis(500);

/// Returns once this member is out of the cluster; never where Raft ends before. Nobody sends a member anything that was
/// taken out, not even that it was: it asks, where it hears nothing of a leader for a while.
///
/// It believes a leader of no earlier term than its own whose newest list of members is agreed on and lacks it: whoever
/// is sent anything was added before, by a leader of no later term than that, so the list is newer than that. As no
/// number is ever given out again, it stays out.
pub(super) async fn until_removed(raft: &Raft, network: &Network, members: &Members, heard: &Heard) {
    let mut known = heard.count();
    loop {
        if !until_not_leading(raft).await {
            std::future::pending::<()>().await;
        }
        // A timer and no polling: nothing tells that nothing has been heard.
        tokio::time::sleep(SILENCE).await;
        let count = heard.count();
        if std::mem::replace(&mut known, count) == count && is_removed(raft, network, members).await {
            return;
        }
    }
}

async fn is_removed(raft: &Raft, network: &Network, members: &Members) -> bool {
    let vote = raft.server_metrics().borrow_watched().vote;
    if vote.leader_id.term == 0 {
        // Nobody has sent anything yet.
        return false;
    }
    for other in members.list().into_iter().map(|one| one.member).filter(|other| other.id != network.id) {
        if let Some(stands) = standing(network, &other, &vote).await {
            return !stands;
        }
    }
    false
}

/// Whether this member is one as `other` sees it; `None` where that does not lead, or not late enough.
async fn standing(network: &Network, other: &Member, vote: &Vote) -> Option<bool> {
    match network.ask(other, Lane::Pulse, &Ask::Standing, &[], ONE_ASK).await {
        Ok(Told::Standing { vote: theirs, member }) if Vote::from(theirs) >= *vote => Some(member),
        _ => None,
    }
}
