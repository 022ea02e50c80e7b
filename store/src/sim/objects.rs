use bytes::Bytes;
use kontiki_api::meta::{Head, Key};
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::{Cause, RequestId, User, Verb};
use kontiki_api::time::Time;

use crate::{Change, Commit, Op, Precondition, Requirement};

const START: &[u8] = br#"{"metadata":{"name":"x"},"v":""#;
const END: &[u8] = br#""}"#;

/// The objects that hold one value each, by number.
pub fn register(number: u64) -> Key {
    Key::new("registers", format!("r{}", number % 3), format!("r{number}"))
}

/// The objects that hold a list each, by number.
pub fn list(number: u64) -> Key {
    Key::new("lists", "lists", format!("l{number}"))
}

/// The collection whose objects are the elements of one set, by number.
pub fn set(number: u64) -> String {
    format!("s{number}")
}

/// The object that is an element of a set.
pub fn element(set_number: u64, element: u64) -> Key {
    Key::new("elements", set(set_number), element.to_string())
}

pub fn draft(key: &Key, values: &[u64]) -> Draft {
    let text: Vec<String> = values.iter().map(u64::to_string).collect();
    let value = [START, text.join(",").as_bytes(), END].concat();
    Draft { key: key.clone(), head: Head::default(), value: Bytes::from(value), splice: 13 }
}

/// The values that an object holds.
pub fn values(object: &Object) -> Vec<u64> {
    let value = object.value.whole();
    let text = value.strip_prefix(START).and_then(|rest| rest.strip_suffix(END)).expect("an object of ours");
    let text = std::str::from_utf8(text).unwrap();
    text.split(',').filter(|part| !part.is_empty()).map(|part| part.parse().unwrap()).collect()
}

/// One value, or what stands for several.
pub fn value(object: &Object) -> u64 {
    values(object).last().copied().unwrap_or_default()
}

/// Registers in one of the namespaces are sealed.
pub fn put(key: &Key, values: &[u64]) -> Change {
    Change { key: key.clone(), op: Op::Put(draft(key, values)), sealed: &*key.namespace == "r2", history: true }
}

pub fn delete(key: &Key) -> Change {
    Change { key: key.clone(), op: Op::Delete(None), sealed: false, history: true }
}

pub fn needs(key: &Key, requirement: Requirement) -> Precondition {
    Precondition { key: key.clone(), requirement }
}

pub fn commit(id: u128, time_us: i64, preconditions: Vec<Precondition>, changes: Vec<Change>) -> Commit {
    Commit {
        id: RequestId(id),
        time: Time::from_micros(time_us),
        actor: User::default(),
        verb: Verb::Update,
        manager: "sim".into(),
        cause: Cause::Request,
        leader: None,
        preconditions,
        reserves: Vec::new(),
        changes,
    }
}
