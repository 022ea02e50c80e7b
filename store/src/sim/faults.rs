use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use super::dice::Dice;
use super::log_writer::{Failing, Trap};
use super::member::Member;
use super::network::{SimNetwork, Weather};
use super::plan::Plan;

/// Something that breaks for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A process is killed; where the power fails too, what was not synced is lost.
    Crash { member: u64, power: bool },
    /// The power fails everywhere at once.
    PowerCut(Vec<u64>),
    /// A process is asked to end.
    Close(u64),
    /// A process is not given the processor.
    Pause(u64),
    /// Nothing passes to or from a member.
    Isolate(u64),
    /// Nothing passes between these and the others.
    Split(BTreeSet<u64>),
    /// Nothing passes from the one to the other.
    OneWay(u64, u64),
    /// Messages are lost.
    Lossy,
    /// Messages come twice.
    Doubled,
    /// Messages overtake each other.
    Late,
    /// Messages take long.
    SlowNetwork,
    /// Syncs take long.
    SlowDisk(u64),
    /// A wall clock is set.
    ClockJump(u64, i64),
    /// A process is killed right there, once it comes by; perhaps the power fails then, too.
    KilledAt { member: u64, trap: Trap, power: bool },
    /// A disk takes nothing, or keeps nothing.
    FailingDisk(u64, Failing),
    /// The files of a member are lost but for its vote; it is down meanwhile.
    LostFiles(u64),
    /// Nothing passes to or from one member; when it is back, another loses its files, and the leader is cut off: the two that
    /// are left lack what the other two acknowledged.
    Lagging { lags: u64, loses: u64 },
}

/// Kinds of faults; the plan has a bit for each.
const KINDS: u64 = 17;
/// The bit of the replacement of members, see `operator.rs`.
pub const REPLACED: u64 = 1 << KINDS;
/// So many faults at the same time.
const AT_ONCE: usize = 3;

/// Breaks things, and mends them.
pub struct Nemesis {
    dice: Dice,
    next_ms: u64,
    active: Vec<(u64, Fault)>,
    /// How many faults there were.
    pub count: u64,
}

impl Nemesis {
    pub fn new(dice: Dice) -> Self {
        Self { dice, next_ms: 0, active: Vec::new(), count: 0 }
    }

    /// Ends what has lasted, begins what is due. What was begun comes back.
    pub fn act(&mut self, now_ms: u64, plan: &Plan, members: &mut BTreeMap<u64, Member>, network: &SimNetwork) -> Option<Fault> {
        let (over, active): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.active).into_iter().partition(|(until, _)| *until <= now_ms);
        self.active = active;
        for (_, fault) in over {
            self.end(&fault, plan, members, network);
            self.follow_up(&fault, now_ms, members);
            self.set_weather(members, network);
        }
        for (_, fault) in &self.active {
            let Fault::KilledAt { member, power, .. } = fault else { continue };
            let sprung = members.get_mut(member).filter(|member| member.disk.flags.lock().sprung);
            sprung.into_iter().for_each(|member| member.kill(&mut self.dice, *power));
        }
        if now_ms < self.next_ms || self.active.len() >= AT_ONCE {
            return None;
        }
        self.next_ms = now_ms + self.dice.between(1, plan.fault_every_ms * 2);
        let fault = self.choose(plan, members)?;
        let lasts = match fault {
            Fault::Close(_) => self.dice.between(2_500, 4_000),
            Fault::ClockJump(..) => 0,
            Fault::KilledAt { .. } => self.dice.between(100, 1_500),
            Fault::Lagging { .. } => self.dice.between(100, 800),
            _ if self.dice.chance(60) => self.dice.between(1_000, 4_000),
            _ => self.dice.between(10, 400),
        };
        self.begin(&fault, now_ms + lasts, members);
        self.count += 1;
        self.active.push((now_ms + lasts, fault.clone()));
        self.set_weather(members, network);
        Some(fault)
    }

    /// What one fault leads to when it ends.
    fn follow_up(&mut self, fault: &Fault, now_ms: u64, members: &mut BTreeMap<u64, Member>) {
        let Fault::Lagging { loses, .. } = fault else { return };
        if !members.values().all(Member::is_whole) {
            return;
        }
        let leader = members.values().find(|member| member.leads() && member.id != *loses).map(|member| member.id);
        let lost = Fault::LostFiles(*loses);
        let until_ms = now_ms + self.dice.between(1, 60);
        self.begin(&lost, until_ms, members);
        self.active.push((until_ms, lost));
        let cut = leader.map(|leader| (now_ms + self.dice.between(800, 2_500), Fault::Isolate(leader)));
        self.active.extend(cut);
    }

    /// Mends everything.
    pub fn heal(&mut self, plan: &Plan, members: &mut BTreeMap<u64, Member>, network: &SimNetwork) {
        for (_, fault) in std::mem::take(&mut self.active) {
            self.end(&fault, plan, members, network);
        }
        for member in members.values_mut() {
            member.pause(0);
            if !member.is_up() {
                member.start();
            }
        }
        self.set_weather(members, network);
    }

    fn choose(&mut self, plan: &Plan, members: &BTreeMap<u64, Member>) -> Option<Fault> {
        let kind = self.dice.below(KINDS);
        if plan.kinds & (1 << kind) == 0 {
            return None;
        }
        let up: Vec<u64> = members.values().filter(|member| member.is_up()).map(|member| member.id).collect();
        let leaders: Vec<u64> = up.iter().copied().filter(|id| members.get(id).is_some_and(Member::leads)).collect();
        let member = if self.dice.chance(500) { self.dice.pick(&leaders) } else { None }.or_else(|| self.dice.pick(&up))?;
        let others: Vec<u64> = members.keys().copied().filter(|other| *other != member).collect();
        Some(match kind {
            0 | 1 => Fault::Crash { member, power: self.dice.chance(600) },
            2 if self.dice.chance(300) => Fault::PowerCut(up),
            2 => Fault::Close(member),
            3 => Fault::Pause(member),
            4 => Fault::Isolate(member),
            5 => {
                let some = others.iter().copied().take(others.len() / 2);
                Fault::Split(some.chain([member]).collect())
            }
            6 => Fault::OneWay(member, self.dice.pick(&others)?),
            7 => Fault::OneWay(self.dice.pick(&others)?, member),
            8 => Fault::Lossy,
            9 => Fault::Doubled,
            10 => {
                if self.dice.chance(500) {
                    Fault::Late
                } else {
                    Fault::SlowNetwork
                }
            }
            11 => Fault::SlowDisk(member),
            13 | 14 => {
                let traps = [Trap::Append, Trap::Append, Trap::AfterCut, Trap::AfterCut, Trap::Cut, Trap::Vote, Trap::Purge];
                Fault::KilledAt { member, trap: self.dice.pick(&traps)?, power: self.dice.chance(300) }
            }
            15 => Fault::FailingDisk(member, self.dice.pick(&[Failing::Writes, Failing::Syncs])?),
            // Whoever lost its log votes for nobody: with two of them nobody might be left to elect.
            16 if !members.values().all(Member::is_whole) => return None,
            16 if self.dice.chance(600) => {
                let followers: Vec<u64> = members.keys().copied().filter(|one| !leaders.contains(one)).collect();
                let lags = self.dice.pick(&followers)?;
                let rest: Vec<u64> = followers.into_iter().filter(|one| *one != lags).collect();
                Fault::Lagging { lags, loses: self.dice.pick(&rest)? }
            }
            16 => Fault::LostFiles(member),
            _ => Fault::ClockJump(member, i64::try_from(self.dice.below(40_000_000)).ok()? - 20_000_000),
        })
    }

    fn begin(&mut self, fault: &Fault, until_ms: u64, members: &mut BTreeMap<u64, Member>) {
        match fault {
            Fault::Crash { member, power } => {
                let dice = &mut self.dice;
                members.get_mut(member).into_iter().for_each(|member| member.kill(dice, *power));
            }
            Fault::PowerCut(all) => {
                for member in all {
                    let dice = &mut self.dice;
                    members.get_mut(member).into_iter().for_each(|member| member.kill(dice, true));
                }
            }
            Fault::Close(member) => members.get_mut(member).into_iter().for_each(Member::close),
            Fault::Pause(member) => members.get_mut(member).into_iter().for_each(|member| member.pause(until_ms)),
            Fault::SlowDisk(member) => {
                let slow = self.dice.between(10, 120);
                members.get(member).into_iter().for_each(|member| member.disk.sync_ms.store(slow, Ordering::Relaxed));
            }
            Fault::KilledAt { member, trap, .. } => {
                members.get(member).into_iter().for_each(|member| member.disk.flags.lock().trap = Some(*trap));
            }
            Fault::FailingDisk(member, failing) => {
                members.get(member).into_iter().for_each(|member| member.disk.flags.lock().failing = Some(*failing));
            }
            Fault::LostFiles(member) => {
                let dice = &mut self.dice;
                members.get_mut(member).into_iter().for_each(|member| member.lose(dice));
            }
            Fault::ClockJump(member, off) => members.get_mut(member).into_iter().for_each(|member| member.clock_us = *off),
            _ => {}
        }
    }

    fn end(&mut self, fault: &Fault, plan: &Plan, members: &mut BTreeMap<u64, Member>, network: &SimNetwork) {
        match fault {
            Fault::Crash { member, .. } | Fault::LostFiles(member) => {
                members.get_mut(member).into_iter().for_each(Member::start_anew);
            }
            Fault::KilledAt { member, .. } => {
                let Some(member) = members.get_mut(member) else { return };
                let sprung = {
                    let mut flags = member.disk.flags.lock();
                    flags.trap = None;
                    std::mem::take(&mut flags.sprung)
                };
                // It hangs where it is, if nobody has come by yet.
                if sprung {
                    member.kill(&mut self.dice, false);
                }
                member.start_anew();
            }
            Fault::FailingDisk(member, _) => {
                members.get(member).into_iter().for_each(|member| member.disk.flags.lock().failing = None);
            }
            Fault::PowerCut(all) => {
                all.iter().for_each(|member| members.get_mut(member).into_iter().for_each(Member::start_anew));
            }
            Fault::Close(member) => {
                let dice = &mut self.dice;
                let Some(member) = members.get_mut(member) else { return };
                member.kill(dice, false);
                member.start_anew();
            }
            Fault::Pause(member) => members.get_mut(member).into_iter().for_each(|member| member.pause(0)),
            Fault::SlowDisk(member) => {
                members.get(member).into_iter().for_each(|member| member.disk.sync_ms.store(plan.sync_ms, Ordering::Relaxed));
            }
            _ => {}
        }
        self.set_weather(members, network);
    }

    /// The weather that the active faults make together.
    fn set_weather(&self, members: &BTreeMap<u64, Member>, network: &SimNetwork) {
        let mut weather = Weather::fair();
        for (_, fault) in &self.active {
            match fault {
                Fault::Isolate(member) | Fault::Lagging { lags: member, .. } => {
                    cut(&mut weather, members, &BTreeSet::from([*member]))
                }
                Fault::Split(some) => cut(&mut weather, members, some),
                Fault::OneWay(from, to) => _ = weather.cut.insert((*from, *to)),
                Fault::Lossy => weather.lost = 250,
                Fault::Doubled => weather.doubled = 300,
                Fault::Late => weather.late = 300,
                Fault::SlowNetwork => weather.delay_ms = (10, 60),
                _ => {}
            }
        }
        network.weather(|now| *now = weather);
    }
}

fn cut(weather: &mut Weather, members: &BTreeMap<u64, Member>, some: &BTreeSet<u64>) {
    for one in some {
        for other in members.keys().filter(|other| !some.contains(other)) {
            weather.cut.extend([(*one, *other), (*other, *one)]);
        }
    }
}
