use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse};

use super::TypeConfig;

/// Up to where one peer has acknowledged the log to this leader.
#[derive(Debug, Default)]
pub(super) struct Acknowledged(Option<u64>);

impl Acknowledged {
    /// Takes the answer to `request` in. Says whether the peer lacks an entry that it acknowledged before: its files were
    /// lost, or put back to an earlier state. That is said once.
    pub fn is_broken_by(
        &mut self,
        request: &AppendEntriesRequest<TypeConfig>,
        response: &AppendEntriesResponse<TypeConfig>,
    ) -> bool {
        let previous = request.prev_log_id.map(|previous| previous.index);
        let upto = match response {
            AppendEntriesResponse::Success => request.entries.last().map(|last| last.log_id.index).or(previous),
            AppendEntriesResponse::PartialSuccess(upto) => upto.map(|upto| upto.index),
            AppendEntriesResponse::Conflict if previous.is_some() && previous <= self.0 => {
                self.0 = None;
                return true;
            }
            AppendEntriesResponse::Conflict | AppendEntriesResponse::HigherVote(_) => None,
        };
        self.0 = self.0.max(upto);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{LeaderId, LogId, Vote};

    fn after(index: u64) -> AppendEntriesRequest<TypeConfig> {
        let leader_id = LeaderId { term: 1, node_id: 1 };
        let prev_log_id = Some(LogId::new(leader_id, index));
        AppendEntriesRequest { vote: Vote { leader_id, committed: true }, prev_log_id, entries: Vec::new(), leader_commit: None }
    }

    #[test]
    fn a_peer_that_forgot_what_it_acknowledged_is_told_from_one_that_is_behind() {
        let mut known = Acknowledged::default();
        assert!(!known.is_broken_by(&after(9), &AppendEntriesResponse::Conflict), "it may be behind");
        assert!(!known.is_broken_by(&after(5), &AppendEntriesResponse::Success));
        assert!(!known.is_broken_by(&after(9), &AppendEntriesResponse::Conflict));
        assert!(!known.is_broken_by(&after(9), &AppendEntriesResponse::Success));
        assert!(known.is_broken_by(&after(9), &AppendEntriesResponse::Conflict), "it had it");
        assert!(!known.is_broken_by(&after(9), &AppendEntriesResponse::Conflict), "said once");
    }
}
