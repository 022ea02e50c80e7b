use std::collections::{BTreeMap, BTreeSet};

use kontiki_api::meta::Key;
use kontiki_api::request::LeaderId;
use kontiki_checker::{
    Answer, Kind, List, Operation, Outcome, Register, Seen, Set, Watcher, Written, by_key, check_list, check_register, check_set,
    check_watches,
};

use super::objects::{element, list, register, value, values};
use super::work::{Ask, Told};
use crate::Listing;

/// What all clients did and were told.
#[derive(Debug, Default)]
pub struct History {
    /// Counts what happens; the time of the history.
    moment: u64,
    registers: Vec<(u64, Operation<Register>)>,
    sets: Vec<(u64, Operation<Set>)>,
    lists: Vec<(u64, Operation<List>)>,
    written: Vec<Written<Key>>,
    /// Refused swaps, by what they found instead.
    refused: Vec<(u64, u64, Operation<Register>)>,
    /// Commits that named a leadership, by their revisions.
    fenced: Vec<(u64, LeaderId)>,
    /// Over everything.
    pub digest: u64,
    pub operations: u64,
    pub acknowledged: u64,
    pub unknown: u64,
}

/// An operation that is over.
pub struct Ended {
    pub client: u64,
    pub invoked: u64,
    pub ask: Ask,
    pub outcome: Outcome,
    pub told: Told,
    /// The leadership under which alone it may have happened.
    pub fence: Option<LeaderId>,
}

impl History {
    pub fn moment(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    /// Notes that something happened, for the comparison of two runs.
    pub fn note(&mut self, what: impl std::fmt::Debug) {
        for byte in format!("{what:?}").bytes() {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(5);
        }
    }

    pub fn take(&mut self, ended: Ended) {
        self.operations += 1;
        let returned = self.moment();
        self.note((ended.client, ended.invoked, returned, &ended.ask, ended.outcome, &ended.told));
        match ended.outcome {
            Outcome::Ok => self.acknowledged += 1,
            Outcome::Unknown => self.unknown += 1,
            Outcome::Failed => {}
        }
        let Ended { client, invoked, ask, outcome, told, fence } = ended;
        // What changed nothing has the revision of what it left as it was.
        if let (Some(leader), Told::Committed { revisions, .. }) = (fence, &told) {
            self.fenced.extend(revisions.iter().max().map(|newest| (*newest, leader)));
        }
        self.write(&ask, outcome, &told);
        match (ask, told) {
            (Ask::Read { register }, Told::Object(found)) => {
                let call = Register::Read { found: found.and_then(|(_, values)| values.last().copied()) };
                self.registers.push((register, Operation { client, invoked, returned, call, outcome }));
            }
            (Ask::Write { register, value }, _) => {
                let call = Register::Write { value: Some(value) };
                self.registers.push((register, Operation { client, invoked, returned, call, outcome }));
            }
            (Ask::Swap { register, .. }, Told::Differs(found)) if outcome == Outcome::Ok => {
                let operation = |call| Operation { client, invoked, returned, call, outcome };
                match found {
                    None => self.registers.push((register, operation(Register::Read { found: None }))),
                    Some(found) => self.refused.push((register, found, operation(Register::Read { found: None }))),
                }
            }
            (Ask::Swap { register, known, value }, _) => {
                let call = Register::Swap { expected: known.map(|(_, value)| value), value };
                self.registers.push((register, Operation { client, invoked, returned, call, outcome }));
            }
            (Ask::Add { set, elements }, _) => {
                for element in elements {
                    let call = Set::Add { element };
                    self.sets.push((set, Operation { client, invoked, returned, call, outcome }));
                }
            }
            (Ask::ReadSet { set }, Told::Elements(found)) => {
                self.sets.push((set, Operation { client, invoked, returned, call: Set::Read { found }, outcome }));
            }
            (Ask::Append { list, element }, _) => {
                let call = List::Append { element };
                self.lists.push((list, Operation { client, invoked, returned, call, outcome }));
            }
            (Ask::ReadList { list }, Told::Object(found)) => {
                let found = found.map(|(_, values)| values).unwrap_or_default();
                self.lists.push((list, Operation { client, invoked, returned, call: List::Read { found }, outcome }));
            }
            _ => {}
        }
    }

    /// Notes what is there in the end as if one more client had read everything.
    pub fn read_all(&mut self, listing: &Listing) {
        let now = self.moment();
        let (outcome, client) = (Outcome::Ok, 0);
        let mut objects = BTreeMap::new();
        let mut sets: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for object in &listing.objects {
            objects.insert(object.key.clone(), values(object));
            if let Some(set) = object.key.namespace.strip_prefix('s').filter(|_| object.key.resource.as_str() == "elements") {
                sets.entry(set.parse().unwrap()).or_default().push(value(object));
            }
        }
        let numbers = |all: Vec<u64>| all.into_iter().collect::<BTreeSet<u64>>();
        for number in numbers(self.registers.iter().map(|(number, _)| *number).collect()) {
            let found = objects.get(&register(number)).and_then(|values| values.last().copied());
            let call = Register::Read { found };
            self.registers.push((number, Operation { client, invoked: now, returned: now, call, outcome }));
        }
        for number in numbers(self.lists.iter().map(|(number, _)| *number).collect()) {
            let call = List::Read { found: objects.get(&list(number)).cloned().unwrap_or_default() };
            self.lists.push((number, Operation { client, invoked: now, returned: now, call, outcome }));
        }
        for number in numbers(self.sets.iter().map(|(number, _)| *number).collect()) {
            let call = Set::Read { found: sets.remove(&number).unwrap_or_default() };
            self.sets.push((number, Operation { client, invoked: now, returned: now, call, outcome }));
        }
    }

    /// What was, or may have been, written.
    fn write(&mut self, ask: &Ask, outcome: Outcome, told: &Told) {
        let changes: Vec<(Key, Option<Kind>, Option<u64>)> = match ask {
            Ask::Write { register: number, value } => vec![(register(*number), None, Some(*value))],
            Ask::Swap { register: number, known, value } => {
                let kind = match (known, value) {
                    (_, None) => Kind::Deleted,
                    (None, _) => Kind::Created,
                    _ => Kind::Modified,
                };
                vec![(register(*number), Some(kind), *value)]
            }
            Ask::Add { set, elements } => {
                elements.iter().map(|one| (element(*set, *one), Some(Kind::Created), Some(*one))).collect()
            }
            Ask::Append { list: number, element } => vec![(list(*number), None, Some(*element))],
            Ask::Read { .. } | Ask::ReadSet { .. } | Ask::ReadList { .. } => return,
        };
        let answer = |at: usize| match (outcome, told) {
            (Outcome::Ok, Told::Committed { revisions, end }) => {
                Some(Answer::Acknowledged { revision: revisions.get(at).copied()?, end: *end })
            }
            (Outcome::Unknown, _) => Some(Answer::Unknown),
            _ => None,
        };
        for (at, (key, kind, value)) in changes.into_iter().enumerate() {
            self.written.extend(answer(at).map(|answer| Written { key, kind, value, answer }));
        }
    }

    /// Whether all clients and watchers can have seen one store.
    pub fn check(mut self, watchers: &[Watcher<Key>]) -> Result<(), String> {
        self.check_fences()?;
        let values = self.values(watchers);
        for (register, found, mut operation) in std::mem::take(&mut self.refused) {
            if let Some(value) = values.get(&found) {
                operation.call = Register::Read { found: *value };
                self.registers.push((register, operation));
            }
        }
        for (number, history) in by_key(self.registers) {
            check_register(None, &history).map_err(|found| format!("register {number}: {}", found.explain(&history)))?;
        }
        for (number, history) in by_key(self.sets) {
            check_set(&history).map_err(|found| format!("set {number}: {}", found.explain(&history)))?;
        }
        for (number, history) in by_key(self.lists) {
            check_list(&history).map_err(|found| format!("list {number}: {}", found.explain(&history)))?;
        }
        check_watches(&self.written, watchers).map(drop).map_err(|breach| format!("a watch: {breach}"))
    }

    /// Nothing of an earlier leadership lies behind what a later one made.
    fn check_fences(&mut self) -> Result<(), String> {
        self.fenced.sort_unstable_by_key(|(end, _)| *end);
        let wrong = self.fenced.windows(2).find(|two| two[0].1.term > two[1].1.term);
        wrong.map_or(Ok(()), |two| Err(format!("a commit of an earlier leadership was taken: {two:?}")))
    }

    /// The values by revision, as far as anybody was told.
    fn values(&self, watchers: &[Watcher<Key>]) -> BTreeMap<u64, Option<u64>> {
        let mut values = BTreeMap::new();
        for one in &self.written {
            if let Answer::Acknowledged { revision, .. } = one.answer {
                values.insert(revision, one.value);
            }
        }
        for seen in watchers.iter().flat_map(|watcher| &watcher.seen) {
            if let Seen::Changes { changes, .. } = seen {
                values.extend(changes.iter().map(|change| (change.revision, change.value)));
            }
        }
        values
    }
}
