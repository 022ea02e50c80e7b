//! What the master does that leads: the objects every cluster has, the votes of new members, the reconcilers.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::Revision;
use kontiki_api::request::LeaderId;
use kontiki_apiserver::bootstrap::{self, Bootstrap};
use kontiki_apiserver::pki::Pki;
use kontiki_runtime::clock::{Clock, SystemClock};
use kontiki_store::{Leadership, MemberStatus, SqliteStore, Store};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::record::{self, Record};
use crate::up::{Control, Standby};

/// What leading takes.
pub struct Lead {
    /// The log.
    pub store: Arc<SqliteStore>,
    /// The kinds served.
    pub kinds: Arc<Kinds>,
    /// What every cluster starts with; the addresses are those of all masters.
    pub bootstrap: Bootstrap,
    /// This master.
    pub record: Record,
    /// Told when the members may have changed.
    pub changed: Arc<Notify>,
    /// The reconcilers.
    pub control: Control,
    /// Keys and certificates, as they are now.
    pub issued: watch::Receiver<Arc<Pki>>,
}

impl Lead {
    /// Leads whenever the log is led here, until `stop`; in between the reconcilers stand by. `acting` tells whether they
    /// run. They begin anew with a renewed authority.
    pub async fn run(self, stop: CancellationToken, acting: watch::Sender<bool>) {
        let mut leadership = self.store.leadership();
        let mut issued = self.issued.clone();
        while !stop.is_cancelled() {
            let token = stop.child_token();
            let pki = issued.borrow_and_update().clone();
            let standby = match self.control.stand_by(pki.authority(), &token) {
                Ok(standby) => standby,
                Err(error) => return tracing::error!(error = format!("{error:#}"), "the reconcilers do not start"),
            };
            let (mut renewed, mut ends) = (issued.clone(), false);
            let elected = tokio::select! {
                elected = elected(&mut leadership) => {
                    ends = elected.is_none();
                    elected
                }
                () = changed(&mut renewed) => None,
                () = stop.cancelled() => None,
            };
            if let Some((leader, from)) = elected {
                let lost = async {
                    let _ = leadership.wait_for(|now| now.leading() != Some(leader)).await;
                };
                tokio::select! {
                    () = lost => {}
                    () = stop.cancelled() => {}
                    () = changed(&mut renewed) => {}
                    () = self.lead(leader, from, &standby, &acting) => {}
                }
            }
            token.cancel();
            acting.send_replace(false);
            standby.end().await;
            if ends {
                return;
            }
        }
    }

    /// Leads until it is dropped.
    async fn lead(&self, leader: LeaderId, from: Revision, standby: &Standby, acting: &watch::Sender<bool>) {
        // Only on a cluster that has just been founded is there anything that the reconcilers cannot do without.
        let founded = record::all(&*self.store).iter().any(|record| record.id == self.record.id);
        if !founded {
            self.prepare_or_tell().await;
        }
        if let Err(error) = standby.lead(leader, from) {
            tracing::error!(error = format!("{error:#}"), "the reconcilers are not recorded");
        }
        acting.send_replace(true);
        tracing::info!(%leader, "this master leads");
        if founded {
            self.prepare_or_tell().await;
        }
        loop {
            tokio::select! {
                () = self.changed.notified() => if let Err(error) = self.prepare().await {
                    tracing::warn!(error = format!("{error:#}"), "the addresses of the masters are not up to date");
                },
                found = self.store.members_when(promotable) => {
                    if let Err(error) = self.promote(&found).await {
                        tracing::warn!(%error, "a new member gets no vote yet");
                        self.changed.notified().await;
                    }
                }
            }
        }
    }

    async fn prepare_or_tell(&self) {
        if let Err(error) = self.prepare().await {
            tracing::error!(error = format!("{error:#}"), "what every cluster starts with is not there");
        }
    }

    async fn promote(&self, members: &[MemberStatus]) -> Result<(), kontiki_store::MemberError> {
        let followers = record::all(&*self.store).into_iter().filter(|record| record.learner).map(|record| record.id).collect();
        match due(members, &followers) {
            due if due.is_empty() => {
                // Those who are promotable only follow: nothing to do until the members change.
                self.changed.notified().await;
                Ok(())
            }
            due => self.store.promote_members(due).await,
        }
    }

    /// Remembers this master where it is not known yet or has moved, and brings the first objects up to date.
    async fn prepare(&self) -> Result<()> {
        let now = SystemClock::default().now();
        let known = record::all(&*self.store);
        let own = known.iter().find(|record| record.id == self.record.id);
        if own.is_none_or(|own| own.api != self.record.api) {
            let learner = own.is_some_and(|own| own.learner);
            record::put(&*self.store, &Record { learner, ..self.record.clone() }, false, now).await?;
        }
        let further = known.iter().filter(|record| !record.removed && record.id != self.record.id);
        let further: BTreeSet<IpAddr> = further.filter_map(|record| host(&record.api)).collect();
        let pki = self.issued.borrow().clone();
        let (authority, front_proxy) = (pki.authority().into(), pki.front_proxy_authority().into());
        let further = further.into_iter().collect();
        let bootstrap = Bootstrap { further, authority, front_proxy, ..self.bootstrap.clone() };
        bootstrap::run(&*self.store, &self.kinds, &bootstrap, now).await?;
        Ok(())
    }
}

/// The leadership of this member and what was written before it, once there is one; `None` where there will be none.
async fn elected(leadership: &mut watch::Receiver<Leadership>) -> Option<(LeaderId, Revision)> {
    let now = *leadership.wait_for(|now| now.leading().is_some()).await.ok()?;
    now.leading().zip(now.own)
}

/// Returns once there is another authority.
async fn changed(issued: &mut watch::Receiver<Arc<Pki>>) {
    if issued.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn host(address: &str) -> Option<IpAddr> {
    address.parse::<SocketAddr>().ok().map(|address| address.ip())
}

/// Whether a vote may be due: somebody who follows has caught up, and with it (and others) the voters would be odd.
fn promotable(members: &[MemberStatus]) -> bool {
    !due(members, &BTreeSet::new()).is_empty()
}

/// Who gets a vote now: an even number of voters bears no more failures than one less, so that two new members
/// are given their votes together.
fn due(members: &[MemberStatus], followers: &BTreeSet<u64>) -> BTreeSet<u64> {
    let voters = members.iter().filter(|one| one.voter).count();
    let ready = members.iter().filter(|one| !one.voter && one.caught_up && !followers.contains(&one.member.id));
    let ready: Vec<u64> = ready.map(|one| one.member.id).collect();
    let fitting = (0..=ready.len()).rev().find(|count| (voters + count) % 2 == 1).unwrap_or_default();
    ready.into_iter().take(fitting).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_store::Member;

    fn members(voters: u64, learners: u64) -> Vec<MemberStatus> {
        let one = |id| MemberStatus {
            member: Member { id, address: String::new() },
            voter: id <= voters,
            matched: Some(1),
            caught_up: true,
        };
        (1..=voters + learners).map(one).collect()
    }

    #[test]
    fn votes_are_given_so_that_the_voters_are_odd() {
        let count = |voters, learners| due(&members(voters, learners), &BTreeSet::new()).len();
        assert_eq!(
            [count(1, 0), count(1, 1), count(1, 2), count(1, 3), count(2, 1), count(2, 2), count(3, 1)],
            [0, 0, 2, 2, 1, 1, 0]
        );
        assert!(due(&members(1, 2), &BTreeSet::from([3])).is_empty(), "one of them only follows");
    }
}
