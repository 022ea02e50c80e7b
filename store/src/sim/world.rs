use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use kontiki_api::meta::Key;
use parking_lot::Mutex;

use super::chance;
use super::client::{Answers, Client, Surroundings};
use super::dice::Dice;
use super::faults::Nemesis;
use super::history::History;
use super::log_writer::Disk;
use super::member::{Member, Shared};
use super::network::SimNetwork;
use super::operator::Operator;
use super::plan::Plan;
use super::snapshots::Images;
use super::watcher::{Following, Sight, State};
use crate::sqlite::keyring::Keyring;
use crate::{Range, WindowLimits};

/// One watcher as the world moves it from member to member.
pub struct Watching {
    pub range: Range,
    pub sight: Arc<Mutex<Sight>>,
    stop: Arc<AtomicBool>,
    at: Option<u64>,
    hop_ms: u64,
}

/// Members, network, clients and watchers, and the time.
pub struct World {
    pub now_ms: u64,
    pub plan: Plan,
    pub members: BTreeMap<u64, Member>,
    pub network: SimNetwork,
    pub history: History,
    pub nemesis: Nemesis,
    pub operator: Operator,
    pub clients: Vec<Client>,
    pub watchings: Vec<Watching>,
    dice: Dice,
    answers: Answers,
    fresh: u64,
}

impl World {
    /// The members are there, and none is up.
    pub fn new(plan: Plan, keyring: Arc<Keyring>) -> Self {
        let mut dice = Dice::new(plan.seed);
        let network = SimNetwork::new(dice.fork());
        let window = WindowLimits { bytes: plan.window_bytes, ..WindowLimits::default() };
        let shared =
            Shared { network: network.clone(), images: Images::default(), keyring, window, log_entries: plan.log_entries };
        let member = |id| {
            let sync_ms = Arc::new(AtomicU64::new(plan.sync_ms));
            let disk = Disk { sync_ms, mutant: plan.mutant, ..Disk::default() };
            (id, Member::new(id, shared.clone(), disk))
        };
        let members = (1..=plan.members).map(member).collect();
        let clients = (1..=plan.clients).map(|id| Client::new(id, dice.fork())).collect();
        let ranges = [
            Range::All,
            Range::Resource("registers".into()),
            Range::Namespace("registers".into(), "r1".into()),
            Range::Resource("lists".into()),
            Range::Resource("elements".into()),
            Range::All,
        ];
        let watchings = ranges.into_iter().take(usize::try_from(plan.watchers).unwrap_or_default());
        let watching = |range| Watching { range, sight: Arc::default(), stop: Arc::default(), at: None, hop_ms: 0 };
        let (watchings, nemesis) = (watchings.map(watching).collect(), Nemesis::new(dice.fork()));
        let operator = Operator::new(dice.fork(), &plan);
        let (history, answers) = (History::default(), Answers::default());
        Self { now_ms: 0, plan, members, network, history, nemesis, operator, clients, watchings, dice, answers, fresh: 0 }
    }

    /// One millisecond.
    pub fn tick(&mut self) -> Result<(), String> {
        self.now_ms += 1;
        for flight in self.network.arrivals(self.now_ms) {
            if let Some(member) = self.members.get(&flight.to) {
                member.deliver(flight);
            }
        }
        let mut order: Vec<u64> = self.members.keys().copied().collect();
        for at in (1..order.len()).rev() {
            order.swap(at, usize::try_from(self.dice.below(at as u64 + 1)).unwrap_or_default());
        }
        for id in order {
            let Some(member) = self.members.get_mut(&id) else { continue };
            member.step(self.now_ms, 1);
            if let Some(why) = member.failure() {
                return Err(format!("member {id} gave up: {why}"));
            }
        }
        chance::panicked().map_or(Ok(()), |what| Err(format!("a panic: {what}")))
    }

    /// Goes on with the replacement of members.
    pub fn operate(&mut self, ending: bool) {
        self.operator.act(self.now_ms, &self.plan, &mut self.members, ending);
    }

    /// Breaks and mends things.
    pub fn disturb(&mut self) {
        self.operate(false);
        let begun = self.nemesis.act(self.now_ms, &self.plan, &mut self.members, &self.network);
        if let Some(fault) = begun {
            self.history.note((self.now_ms, &fault));
            super::run::trace(|| format!("{:>6} ms: {fault:?}", self.now_ms));
        }
    }

    /// Lets the clients act; nothing new is asked where the run is ending.
    pub fn serve_clients(&mut self, ending: bool) -> Result<(), String> {
        let answers = std::mem::take(&mut *self.answers.lock());
        let (now_ms, plan, members) = (self.now_ms, &self.plan, &self.members);
        let (history, fresh) = (&mut self.history, &mut self.fresh);
        let mut around = Surroundings { now_ms, plan, members, answers: &self.answers, history, fresh };
        for (client, number, told) in answers {
            if let super::work::Told::Nonsense(what) = told {
                return Err(format!("client {client} was told: {what}"));
            }
            self.clients.iter_mut().filter(|one| one.id == client).for_each(|one| one.take(number, told.clone(), &mut around));
        }
        self.clients.iter_mut().for_each(|client| client.act(&mut around, ending));
        Ok(())
    }

    /// Lets watches begin, go on elsewhere, and be resumed; none moves without need where the run is ending.
    pub fn serve_watchers(&mut self, ending: bool) {
        for at in 0..self.watchings.len() {
            let Some(watching) = self.watchings.get_mut(at) else { continue };
            let gone = watching.at.is_none_or(|id| self.members.get(&id).is_none_or(|member| member.front().is_none()));
            let state = watching.sight.lock().state;
            let hops = !ending && self.now_ms >= watching.hop_ms;
            if state == State::Running && !gone && !hops {
                continue;
            }
            watching.stop.store(true, Ordering::Relaxed);
            watching.at = None;
            let up: Vec<u64> =
                self.members.values().filter(|one| one.front().is_some() && !one.is_paused()).map(|one| one.id).collect();
            let Some(member) = self.dice.pick(&up).and_then(|id| self.members.get(&id)) else { continue };
            let Some(front) = member.front() else { continue };
            watching.stop = Arc::default();
            watching.at = Some(member.id);
            // Some sleep so long that what they missed is not kept.
            let stays = if self.dice.chance(100) { 6_000 } else { 800 };
            watching.hop_ms = self.now_ms + self.dice.between(50, stays);
            watching.sight.lock().state = State::Running;
            let (range, sight, stop) = (watching.range.clone(), Arc::clone(&watching.sight), Arc::clone(&watching.stop));
            let following = Following { range, sight, stop, mutant: self.plan.mutant };
            member.spawn(following.run(front, state == State::Lost));
        }
    }

    /// What the watchers saw.
    pub fn watchers(&self) -> Vec<kontiki_checker::Watcher<Key>> {
        let watcher = |(at, watching): (usize, &Watching)| {
            let range = watching.range.clone();
            let name = format!("watcher {at} of {range:?}");
            let selects = Box::new(move |key: &Key| range.contains(key));
            kontiki_checker::Watcher { name, selects, seen: std::mem::take(&mut watching.sight.lock().seen) }
        };
        self.watchings.iter().enumerate().map(watcher).collect()
    }
}
