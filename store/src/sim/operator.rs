use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::dice::Dice;
use super::faults::REPLACED;
use super::member::Member;
use super::open_store::OpenStore;
use super::plan::Plan;
use crate::MemberError;

/// Between two tries of the same change.
const AGAIN_MS: u64 = 1_500;

/// Replaces members, one after the other: the new one follows, catches up and votes before the old one goes for good.
pub struct Operator {
    dice: Dice,
    next_ms: u64,
    newest: u64,
    replacing: Option<Replacing>,
    /// How many were replaced.
    pub count: u64,
}

/// A replacement that is under way.
struct Replacing {
    old: u64,
    new: u64,
    tried_ms: u64,
    done: Arc<AtomicBool>,
}

impl Operator {
    pub fn new(dice: Dice, plan: &Plan) -> Self {
        Self { dice, next_ms: 0, newest: plan.members, replacing: None, count: 0 }
    }

    /// What is under way, for people.
    pub fn state(&self) -> String {
        self.replacing.as_ref().map_or("nobody".into(), |now| format!("{} by {}", now.old, now.new))
    }

    pub fn is_idle(&self) -> bool {
        self.replacing.is_none()
    }

    /// Goes on with what is under way, or begins, unless the run is `ending`.
    pub fn act(&mut self, now_ms: u64, plan: &Plan, members: &mut BTreeMap<u64, Member>, ending: bool) {
        let Some(replacing) = &mut self.replacing else {
            if !ending && plan.kinds & REPLACED != 0 && now_ms >= self.next_ms {
                self.begin(now_ms, plan, members);
            }
            return;
        };
        if replacing.done.load(Ordering::Relaxed) {
            members.remove(&replacing.old);
            self.replacing = None;
            self.count += 1;
            return;
        }
        if now_ms < replacing.tried_ms + AGAIN_MS {
            return;
        }
        let leaders: Vec<u64> = members.values().filter(|member| member.leads()).map(|member| member.id).collect();
        let leader = self.dice.pick(&leaders).and_then(|id| members.get(&id));
        if let Some((leader, front)) = leader.and_then(|leader| Some((leader, leader.front()?))) {
            replacing.tried_ms = now_ms;
            leader.spawn(replace(front, replacing.old, replacing.new, Arc::clone(&replacing.done)));
        }
    }

    fn begin(&mut self, now_ms: u64, plan: &Plan, members: &mut BTreeMap<u64, Member>) {
        self.next_ms = now_ms + self.dice.between(500, 4_000);
        let all: Vec<u64> = members.keys().copied().collect();
        let old = self.dice.pick(&all).and_then(|id| members.get(&id));
        let Some(old) = old.filter(|_| members.values().all(Member::is_whole)) else { return };
        self.newest += 1;
        let (old, mut new) = (old.id, old.another(self.newest, plan.sync_ms));
        new.start();
        let done = Arc::default();
        self.replacing = Some(Replacing { old, new: new.id, tried_ms: 0, done });
        members.insert(new.id, new);
    }
}

/// What `kontiki join` and `kontiki member remove` do, as far as the log is concerned. Each step may have been taken. Who
/// leads lets another lead before it is taken out, who is asked then.
async fn replace(front: Arc<OpenStore>, old: u64, new: u64, done: Arc<AtomicBool>) {
    const PATIENCE: Duration = Duration::from_millis(1_200);
    let members = &front.replica.members;
    let joining = crate::Member { id: new, address: format!("member-{new}:2380") };
    let replaced = async {
        members.add(joining.clone()).await?;
        let ready = members.when(|all| all.iter().any(|one| one.member.id == new && one.caught_up));
        let Ok(_) = tokio::time::timeout(PATIENCE, ready).await else { return Err(MemberError::Unknown(new)) };
        members.promote(BTreeSet::from([new])).await?;
        match members.remove(old).await {
            // Somebody has tried that before: one more change shows that it holds.
            Err(MemberError::Unknown(gone)) if gone == old => members.add(joining).await,
            Err(leads @ MemberError::Leads(_)) => {
                front.replica.hand_over().await;
                Err(leads)
            }
            removed => removed,
        }
    };
    if replaced.await.is_ok() {
        done.store(true, Ordering::Relaxed);
    }
}
