use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use openraft::impls::BasicNode;
use openraft::{Config, SnapshotPolicy};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::addresses::Addresses;
use super::catch_up::CatchUp;
use super::disclosed::Disclosed;
use super::handler::PeerHandler;
use super::leading::follow_leadership;
use super::message::{Ask, Told};
use super::proposer::{propose, refuse};
use super::purge::purge_applied;
use super::receive_snapshot::Incoming;
use super::silence::{Heard, elect_after_silence};
use super::standing::until_removed;
use super::succeed::succeed;
use super::{LEASE, Members, Network, Raft, Reads, Recovered, SnapshotSource, StateMachine, Timing, Waiting};
use crate::core::Core;
use crate::peers::{Handler, Lane, Transport};
use crate::sqlite::health::Health;
use crate::sqlite::log::LogStore;
use crate::{Leadership, Member, OpenError};

/// How long an open may take to apply what the tables lack.
const RECOVERY: Duration = Duration::from_secs(120);
/// How long another member may take to lead in this one's place.
const HAND_OVER: Duration = Duration::from_secs(2);
/// Who has answered so recently is there to lead.
const LIVELY: Duration = Duration::from_secs(1);
/// Between two tries to tell the others of a new address.
const MOVED_EVERY: Duration = Duration::from_millis(500);

/// What a member is made of.
pub(crate) struct Parts {
    /// This member.
    pub member: Member,
    /// Whether it makes a cluster of its own where it belongs to none.
    pub founds: bool,
    /// Where it may have forgotten what it acknowledged: what to do once it has caught up. Until then it neither votes
    /// nor asks for votes.
    pub recovered: Option<Recovered>,
    /// When to elect.
    pub timing: Timing,
    /// Entries of the log that stay behind a snapshot.
    pub log_entries: u64,
    /// The log.
    pub log: LogStore,
    /// The state.
    pub machine: StateMachine,
    /// The state as readers see it.
    pub core: Core,
    /// Where copies of the state come from, and where those of peers are gathered.
    pub snapshots: Arc<dyn SnapshotSource>,
    /// The way to peers.
    pub transport: Arc<dyn Transport>,
    /// Whether writes are taken.
    pub health: Health,
    /// Told once this member is out of the cluster.
    pub removed: watch::Sender<bool>,
}

/// A running member, as those see it who do not run on its runtime.
#[derive(Clone)]
pub(crate) struct Replica {
    /// Makes reads linearizable.
    pub reads: Reads,
    /// Who the members are.
    pub members: Members,
    /// Who leads.
    pub leadership: watch::Receiver<Leadership>,
    raft: Raft,
}

impl Replica {
    /// Takes everything out of the log that is applied; on the runtime of Raft. Fails with the reason.
    pub fn purge(&self) -> impl Future<Output = Result<(), String>> + Send + 'static {
        let raft = self.raft.clone();
        async move { purge_applied(&raft).await }
    }

    /// Lets the voter that holds most of the log lead from now on, where this member leads and is not alone.
    pub async fn hand_over(&self) {
        let leadership = *self.leadership.borrow();
        let Some(leader) = leadership.leading() else { return };
        let others = self.members.list();
        let lively = self.members.lively(LIVELY);
        let others =
            others.iter().filter(|other| other.voter && lively.contains(&other.member.id) && other.member.id != leader.node);
        let Some(next) = others.max_by_key(|other| other.matched).map(|other| other.member.id) else { return };
        self.reads.leave();
        if let Err(error) = self.raft.trigger().transfer_leader(next).await {
            return tracing::warn!(%error, "handing the leadership over");
        }
        let mut leadership = self.leadership.clone();
        let gone = leadership.wait_for(|now| now.leader.is_some_and(|now| now.node != leader.node));
        if tokio::time::timeout(HAND_OVER, gone).await.is_err() {
            tracing::warn!(member = next, "it does not lead in time; another will be elected");
        }
    }
}

/// The parts of a running member that its own runtime holds.
pub(crate) struct Running {
    raft: Raft,
    log: LogStore,
    health: Health,
    /// What others hold of it.
    pub replica: Replica,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Starts a member on the current runtime. A member that is alone leads when this returns.
    pub async fn start(parts: Parts) -> Result<Self, OpenError> {
        let Parts { member, founds, recovered, timing, log_entries, log, machine, core, snapshots, transport, health, removed } =
            parts;
        let failed = |error: &dyn std::fmt::Display| OpenError::Raft(error.to_string());
        let abstains = Arc::new(AtomicBool::new(recovered.is_some()));
        let config = config(timing, log_entries).validate().map_err(|error| failed(&error))?;
        let (applied, progress) = (machine.progress(), machine.progress());
        let transfers = machine.transfers();
        let network = Network {
            transport,
            id: member.id,
            snapshots,
            transfers,
            addresses: Addresses::default(),
            disclosed: Disclosed::default(),
        };
        let raft = Raft::new(member.id, Arc::new(config), network.clone(), log.clone(), machine).await;
        let raft = raft.map_err(|error| failed(&error))?;
        network.addresses.follow(&raft);
        if founds && recovered.is_none() && !raft.is_initialized().await.map_err(|error| failed(&error))? {
            let members = BTreeMap::from([(member.id, BasicNode::new(member.address.clone()))]);
            raft.initialize(members).await.map_err(|error| failed(&error))?;
        }
        let (told, leadership) = watch::channel(Leadership::default());
        let alone = Arc::<AtomicBool>::default();
        let leading = follow_leadership(raft.clone(), core, applied.clone(), told, Arc::clone(&alone));
        let leading = tokio::spawn(leading);
        let reads = Reads::start(raft.clone(), network.clone(), leadership.clone(), alone, applied);
        let members = Members::new(raft.clone());
        let replica = Replica { reads: reads.clone(), members: members.clone(), leadership, raft: raft.clone() };
        let mut running = Self { raft: raft.clone(), log, health, replica, tasks: vec![leading] };
        let sole = recovered.is_none() && running.is_sole_voter(member.id).await?;
        if sole {
            running.lead_alone(member.id).await?;
        }
        let incoming = Incoming::new(Arc::clone(&network.snapshots));
        let heard = Heard::default();
        let handler = PeerHandler {
            id: member.id,
            raft: raft.clone(),
            reads,
            members: members.clone(),
            incoming,
            abstains: Arc::clone(&abstains),
            heard: heard.clone(),
        };
        running.tasks.push(tokio::spawn(serve(Arc::clone(&network.transport), Arc::new(handler), sole)));
        let leadership = running.replica.leadership.clone();
        let listening = (heard.clone(), timing);
        let succeeding = succeed(raft.clone(), Arc::clone(&network.transport), leadership, listening, Arc::clone(&abstains));
        running.tasks.push(tokio::spawn(succeeding));
        running.tasks.push(tokio::spawn(elect_after_silence(raft.clone(), heard.clone(), timing, Arc::clone(&abstains))));
        let asking = (raft.clone(), network.clone(), members.clone());
        running.tasks.push(tokio::spawn(async move {
            until_removed(&asking.0, &asking.1, &asking.2, &heard).await;
            removed.send_replace(true);
        }));
        if let Some(recovered) = recovered {
            let (raft, network, log) = (raft.clone(), network.clone(), running.log.clone());
            let catch_up = CatchUp { raft, network, applied: progress, log, abstains, recovered };
            running.tasks.push(tokio::spawn(catch_up.run()));
        }
        running.tasks.push(tokio::spawn(tell_address(raft, members, network, member)));
        Ok(running)
    }

    /// Takes commits until told to close; then hands the leadership over and ends.
    pub async fn run(self, mut waiting: Waiting) {
        propose(self.raft.clone(), self.health.clone(), &mut waiting).await;
        self.replica.hand_over().await;
        refuse(waiting).await;
        if let Err(error) = self.raft.shutdown().await {
            tracing::warn!(%error, "ending raft");
        }
        for task in &self.tasks {
            task.abort();
        }
        self.log.close().await;
    }

    /// Whether this member alone makes a quorum. Asks Raft itself: its figures may lag behind.
    async fn is_sole_voter(&self, id: u64) -> Result<bool, OpenError> {
        let sole = self.raft.with_raft_state(move |state| {
            let mut voters = state.membership_state.effective().voter_ids();
            voters.next() == Some(id) && voters.next().is_none()
        });
        sole.await.map_err(|error| OpenError::Raft(error.to_string()))
    }

    async fn lead_alone(&self, id: u64) -> Result<(), OpenError> {
        let failed = |error: &dyn std::fmt::Display| OpenError::Raft(error.to_string());
        self.raft.trigger().elect(false).await.map_err(|error| failed(&error))?;
        self.raft.wait(Some(RECOVERY)).current_leader(id, "lead").await.map_err(|error| failed(&error))?;
        self.raft.wait_for_recovery(Some(RECOVERY)).await.map_err(|error| failed(&error))?;
        let mut leadership = self.replica.leadership.clone();
        let led = leadership.wait_for(|leadership| leadership.own.is_some());
        tokio::time::timeout(RECOVERY, led).await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        match self.health.reason() {
            Some(why) => Err(OpenError::Raft(why.into())),
            None => Ok(()),
        }
    }
}

/// Answers peers. A member that has just been started may have promised not to elect another leader for a
/// moment, and has forgotten it: it keeps silent for so long.
async fn serve(transport: Arc<dyn Transport>, handler: Arc<dyn Handler>, sole: bool) {
    if !sole {
        tokio::time::sleep(LEASE).await;
    }
    transport.serve(handler).await;
}

/// Tells the leader where this member is reached now, where the members know another address.
async fn tell_address(raft: Raft, members: Members, network: Network, me: Member) {
    loop {
        let known = members.list();
        match known.iter().find(|one| one.member.id == me.id) {
            Some(found) if found.member.address == me.address => return,
            Some(_) if raft.is_leader() => {
                if let Err(error) = members.set_address(me.id, me.address.clone()).await {
                    tracing::warn!(%error, "the members do not learn this member's new address");
                }
            }
            // Not a member yet, or not any more.
            None => {}
            Some(_) => {
                let ask = Ask::Moved { address: me.address.clone() };
                for other in known.iter().filter(|other| other.member.id != me.id) {
                    if let Ok(Told::Done) = network.ask(&other.member, Lane::Pulse, &ask, &[], MOVED_EVERY).await {
                        break;
                    }
                }
            }
        }
        // Bounded by the member's own life: until every peer can be told, there is nothing to wait for but time.
        tokio::time::sleep(MOVED_EVERY).await;
    }
}

fn config(timing: Timing, log_entries: u64) -> Config {
    Config {
        cluster_name: "kontiki".into(),
        heartbeat_interval: timing.heartbeat_ms,
        election_timeout_min: timing.election_min_ms,
        election_timeout_max: timing.election_max_ms,
        max_payload_entries: 1024,
        snapshot_policy: SnapshotPolicy::LogsSinceLast(log_entries),
        max_in_snapshot_log_to_keep: log_entries,
        replication_lag_threshold: log_entries * 2,
        // By what is heard, as it arrives: see `elect_after_silence`.
        enable_elect: false,
        enable_pre_vote: Some(true),
        enable_leader_restore: Some(false),
        // A member that lost its log is sent it again; until it has it, it votes for nobody.
        allow_log_reversion: Some(true),
        backoff: "20ms 40ms 80ms ...250ms".into(),
        ..Config::default()
    }
}
