use std::collections::BTreeMap;
use std::sync::Arc;

use kontiki_api::request::LeaderId;
use kontiki_checker::Outcome;
use parking_lot::Mutex;

use super::dice::Dice;
use super::history::{Ended, History};
use super::member::Member;
use super::mutant::Mutant;
use super::plan::Plan;
use super::work::{Ask, Attempt, Told};

/// Answers on their way to the clients: whose, to which try, what.
pub type Answers = Arc<Mutex<Vec<(u64, u64, Told)>>>;

/// After so long without an answer the client asks another member.
const PATIENCE_MS: u64 = 1_500;
/// A client asks so many members.
const TRIES: u32 = 5;
/// After so long the clients go on to new keys: histories of single keys stay short.
const EPOCH_MS: u64 = 2_000;

/// One client: asks for one thing at a time, and again elsewhere, under the same id, until it is told.
pub struct Client {
    pub id: u64,
    dice: Dice,
    next_ms: u64,
    busy: Option<Busy>,
    tries: u64,
    /// What it knows of registers.
    known: BTreeMap<u64, Option<(u64, u64)>>,
}

struct Busy {
    ask: Ask,
    request: u128,
    invoked: u64,
    tries: u32,
    /// The try that is under way, and since when.
    current: Option<(u64, u64)>,
    not_before_ms: u64,
    /// Whether some try may have had an effect.
    unknown: bool,
    /// Whether it may happen under one leadership only, and under which: the first that was heard of.
    fenced: bool,
    fence: Option<LeaderId>,
}

/// What a client acts on.
pub struct Surroundings<'a> {
    pub now_ms: u64,
    pub plan: &'a Plan,
    pub members: &'a BTreeMap<u64, Member>,
    pub answers: &'a Answers,
    pub history: &'a mut History,
    /// The next value that nobody has written.
    pub fresh: &'a mut u64,
}

impl Client {
    pub fn new(id: u64, dice: Dice) -> Self {
        Self { id, dice, next_ms: 0, busy: None, tries: 0, known: BTreeMap::new() }
    }

    pub fn is_busy(&self) -> bool {
        self.busy.is_some()
    }

    /// Asks, asks again, or thinks. Nothing new where `ending`.
    pub fn act(&mut self, around: &mut Surroundings<'_>, ending: bool) {
        if self.busy.is_none() && around.now_ms >= self.next_ms && !ending {
            let ask = self.ask(around);
            let (request, invoked) = (u128::from(self.dice.number()), around.history.moment());
            let fenced = !ask.only_reads() && self.dice.chance(250);
            let busy =
                Busy { ask, request, invoked, tries: 0, current: None, not_before_ms: 0, unknown: false, fenced, fence: None };
            self.busy = Some(busy);
        }
        let Some(busy) = &mut self.busy else { return };
        if let Some((_, since_ms)) = busy.current {
            if around.now_ms < since_ms + PATIENCE_MS {
                return;
            }
            busy.current = None;
            busy.unknown |= !busy.ask.only_reads();
        }
        if busy.tries >= TRIES {
            let outcome = if busy.unknown { Outcome::Unknown } else { Outcome::Failed };
            return self.end(around, outcome, Told::NotDone);
        }
        if around.now_ms >= busy.not_before_ms {
            self.try_one(around);
        }
    }

    /// Takes an answer in.
    pub fn take(&mut self, number: u64, told: Told, around: &mut Surroundings<'_>) {
        let Some(busy) = &mut self.busy else { return };
        if busy.current.is_none_or(|(current, _)| current != number) {
            return;
        }
        busy.current = None;
        busy.not_before_ms = around.now_ms + self.dice.between(5, 80);
        match told {
            Told::NotDone => {}
            Told::Unknown => busy.unknown = true,
            // The first try may have been the one that was faster.
            Told::Differs(_) if busy.unknown => self.end(around, Outcome::Unknown, told),
            Told::Differs(_) if matches!(busy.ask, Ask::Swap { .. }) => self.end(around, Outcome::Ok, told),
            Told::Differs(_) => self.end(around, Outcome::Failed, told),
            told => self.end(around, Outcome::Ok, told),
        }
    }

    fn try_one(&mut self, around: &Surroundings<'_>) {
        let Some(busy) = &mut self.busy else { return };
        let up: Vec<u64> = around.members.values().filter(|member| member.front().is_some()).map(|member| member.id).collect();
        let leaders: Vec<u64> = up.iter().copied().filter(|id| around.members.get(id).is_some_and(Member::leads)).collect();
        let prefers_leader = self.dice.chance(if busy.ask.only_reads() { 300 } else { 900 });
        let chosen = if prefers_leader { self.dice.pick(&leaders) } else { None };
        busy.tries += 1;
        let chosen = chosen.or_else(|| self.dice.pick(&up)).and_then(|id| around.members.get(&id));
        let Some((member, front)) = chosen.and_then(|member| Some((member, member.front()?))) else {
            busy.not_before_ms = around.now_ms + 50;
            return;
        };
        if busy.fenced && busy.fence.is_none() {
            busy.fence = front.replica.leadership.borrow().leading();
            if busy.fence.is_none() {
                busy.not_before_ms = around.now_ms + 20;
                return;
            }
        }
        self.tries += 1;
        let number = self.tries;
        busy.current = Some((number, around.now_ms));
        let twice = around.plan.mutant == Some(Mutant::AppliedTwice);
        let request = if twice { busy.request + (u128::from(busy.tries) << 64) } else { busy.request };
        let time_us = i64::try_from(around.now_ms * 1_000).unwrap_or_default() + member.clock_us;
        let attempt = Attempt { ask: busy.ask.clone(), id: request, time_us, fence: busy.fence, mutant: around.plan.mutant };
        let (client, answers) = (self.id, Arc::clone(around.answers));
        member.spawn(async move {
            let told = attempt.run(front).await;
            answers.lock().push((client, number, told));
        });
    }

    fn end(&mut self, around: &mut Surroundings<'_>, outcome: Outcome, told: Told) {
        let Some(Busy { ask, invoked, fence, .. }) = self.busy.take() else { return };
        self.next_ms = around.now_ms + self.dice.below(around.plan.think_ms);
        self.learn(&ask, &told, outcome);
        around.history.take(Ended { client: self.id, invoked, ask, outcome, told, fence });
    }

    /// Remembers what a register holds, for the next swap. What is wrong makes for refusals.
    fn learn(&mut self, ask: &Ask, told: &Told, outcome: Outcome) {
        let (register, known) = match (ask, told) {
            (Ask::Read { register }, Told::Object(found)) => (
                *register,
                Some(found.as_ref().map(|(revision, values)| (*revision, values.last().copied().unwrap_or_default()))),
            ),
            (Ask::Write { register, value }, Told::Committed { end, .. }) => (*register, Some(Some((*end, *value)))),
            (Ask::Swap { register, value, .. }, Told::Committed { end, .. }) => {
                (*register, Some(value.map(|value| (*end, value))))
            }
            (Ask::Swap { register, .. }, _) => (*register, None),
            _ => return,
        };
        match known.filter(|_| outcome == Outcome::Ok) {
            Some(known) => self.known.insert(register, known),
            None => self.known.remove(&register),
        };
    }

    fn ask(&mut self, around: &mut Surroundings<'_>) -> Ask {
        let epoch = around.now_ms / EPOCH_MS;
        let number = epoch * around.plan.keys + self.dice.below(around.plan.keys);
        let mut fresh = || {
            *around.fresh += 1;
            *around.fresh
        };
        match self.dice.below(100) {
            0..20 => Ask::Read { register: number },
            20..35 => Ask::Write { register: number, value: fresh() },
            35..55 => match self.known.get(&number) {
                Some(known) => {
                    let value = if known.is_some() && self.dice.chance(200) { None } else { Some(fresh()) };
                    Ask::Swap { register: number, known: *known, value }
                }
                None => Ask::Read { register: number },
            },
            55..65 => Ask::Add { set: number, elements: (0..self.dice.between(1, 3)).map(|_| fresh()).collect() },
            65..75 => Ask::ReadSet { set: number },
            75..90 => Ask::Append { list: number, element: fresh() },
            _ => Ask::ReadList { list: number },
        }
    }
}
