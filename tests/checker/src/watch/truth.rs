use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;

use super::{Answer, Breach, Change, Kind, Seen, Watcher, Written};

/// A change that certainly happened.
#[derive(Clone, Debug)]
pub(super) struct Fact<K> {
    pub revision: u64,
    pub key: K,
    pub kind: Option<Kind>,
    pub value: Option<u64>,
    /// The commit it is part of, where somebody knows.
    pub end: Option<u64>,
    from: String,
}

impl<K: Clone> Fact<K> {
    /// The change, as far as it is known.
    pub fn change(&self) -> Change<K> {
        Change { revision: self.revision, key: self.key.clone(), kind: self.kind.unwrap_or(Kind::Modified), value: self.value }
    }
}

/// Everything that happened, as far as anybody knows, by revision: what writers were told of, and what any watcher saw.
pub(super) struct Truth<K> {
    facts: Vec<Fact<K>>,
    /// The keys of which a write, and of which a deletion, may have happened unseen.
    written: HashSet<K>,
    deleted: HashSet<K>,
}

impl<K: Clone + Debug + Eq + Hash> Truth<K> {
    /// What all of them know together.
    pub fn of(written: &[Written<K>], watchers: &[Watcher<K>]) -> Result<Self, Breach<K>> {
        let mut facts: BTreeMap<u64, Fact<K>> = BTreeMap::new();
        let mut unknown: HashMap<(&K, Option<u64>, bool), ()> = HashMap::new();
        for one in written {
            let Answer::Acknowledged { revision, end } = one.answer else {
                unknown.insert((&one.key, one.value, one.kind == Some(Kind::Deleted)), ());
                continue;
            };
            let from = "its writer".to_owned();
            let fact = Fact { revision, key: one.key.clone(), kind: one.kind, value: one.value, end: Some(end), from };
            if let Some(other) = facts.insert(revision, fact.clone()) {
                return Err(Breach::RevisionUsedTwice { one: fact.change(), other: other.change() });
            }
        }
        for watcher in watchers {
            for (at, seen) in watcher.seen.iter().enumerate() {
                let Seen::Changes { end, changes } = seen else { continue };
                for change in changes {
                    let Some(known) = facts.get_mut(&change.revision) else {
                        let deleted = change.kind == Kind::Deleted;
                        let value = change.value;
                        if !unknown.contains_key(&(&change.key, value, deleted)) && (value.is_some() || deleted) {
                            return Err(Breach::MadeUp { watcher: watcher.name.clone(), at, change: change.clone() });
                        }
                        facts.insert(change.revision, fact(change, *end, &watcher.name));
                        continue;
                    };
                    if !agree(known, change) {
                        let (known, known_from) = (known.change(), known.from.clone());
                        let (watcher, change) = (watcher.name.clone(), change.clone());
                        return Err(Breach::Disagreement { watcher, at, change, known, known_from });
                    }
                    known.kind = Some(change.kind);
                    known.end = known.end.or(*end);
                }
            }
        }
        let open = |gone: bool| unknown.keys().filter(move |(_, _, deleted)| *deleted == gone).map(|(key, ..)| (*key).clone());
        Ok(Self { facts: facts.into_values().collect(), written: open(false).collect(), deleted: open(true).collect() })
    }

    /// The newest change of each object up to `revision`, as far as it is known.
    pub fn as_of(&self, revision: u64) -> HashMap<&K, &Fact<K>> {
        self.facts.iter().take_while(|fact| fact.revision <= revision).map(|fact| (&fact.key, fact)).collect()
    }

    /// Whether a list in which `key` stands with `found` (revision and value), or does not stand, fits the newest known
    /// change of it.
    pub fn fits(&self, fact: &Fact<K>, found: Option<(u64, Option<u64>)>) -> bool {
        let there = fact.kind != Some(Kind::Deleted);
        match found {
            Some((revision, value)) if revision == fact.revision => {
                there && (fact.value.is_none() || value.is_none() || fact.value == value)
            }
            Some((revision, _)) => revision > fact.revision && self.written.contains(&fact.key),
            None => !there || self.deleted.contains(&fact.key),
        }
    }

    /// The place of the first fact after `revision`.
    pub fn after(&self, revision: u64) -> usize {
        self.facts.partition_point(|fact| fact.revision <= revision)
    }

    /// The facts from a place on.
    pub fn from(&self, place: usize) -> impl Iterator<Item = (usize, &Fact<K>)> {
        self.facts.iter().enumerate().skip(place)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }
}

fn fact<K: Clone>(change: &Change<K>, end: Option<u64>, from: &str) -> Fact<K> {
    let Change { revision, key, kind, value } = change.clone();
    Fact { revision, key, kind: Some(kind), value, end, from: from.into() }
}

/// Whether what was seen can be what is known. The value that a deletion leaves behind is nobody's.
fn agree<K: Eq>(known: &Fact<K>, seen: &Change<K>) -> bool {
    let same_value = known.value.is_none() || seen.value.is_none() || known.value == seen.value;
    known.key == seen.key && known.kind.is_none_or(|kind| kind == seen.kind) && same_value
}
