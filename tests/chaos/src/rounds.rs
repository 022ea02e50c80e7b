use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use http::Method;
use kontiki_checker::{Kind, Set};
use rand::rngs::StdRng;
use serde_json::json;

use super::client::{Client, JSON, OBJECTS, object};
use super::judge::Case;
use super::ledger::Ledger;
use super::name::{Name, Sort};
use super::round::Round;
use super::way::{Told, Way};
use super::{lists, registers, sets};

/// How long a round is worked on.
const ROUND: Duration = Duration::from_secs(6);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// Reads of each object at the end of a round, by ever other masters.
const LAST_READS: usize = 3;

/// Makes one round after the other, ends the ones before, and lets them be judged. The last one goes with the run.
pub async fn rounds(ledger: Arc<Ledger>, ways: Vec<Way>, rng: StdRng, cases: Sender<Case>) {
    let mut client = Client::new(u64::MAX, rng, Arc::clone(&ledger), ways, None);
    for number in 2.. {
        let next = Round::new(number);
        prepare(&mut client, &next).await;
        if ledger.is_over() {
            // What it needs may not be there.
            break;
        }
        let before = ledger.round.swap(next);
        close(&mut client, &ledger, before, &cases).await;
        let end = tokio::time::Instant::now() + ROUND;
        while tokio::time::Instant::now() < end && !ledger.is_over() {
            tokio::time::sleep(LOOK).await;
        }
        if ledger.is_over() {
            break;
        }
    }
    let (last, lasting) = (ledger.round.swap(Arc::default()), Arc::clone(&ledger.lasting));
    close(&mut client, &ledger, last, &cases).await;
    let _ = cases.send(Case::Round(lasting));
}

/// Makes what has to be there before it is used.
pub async fn prepare(client: &mut Client, round: &Round) {
    let lists = (0..round.lists.len()).map(|at| (Sort::List, at, json!({"v": ""})));
    let sets = (0..round.sets.len()).map(|at| (Sort::Set, at, json!({})));
    for (sort, at, data) in lists.chain(sets) {
        let name = Name::new(sort, round.number, at);
        while !client.ledger.is_over() {
            let asked = client.ask(Method::POST, OBJECTS, JSON, object(name, data.clone()).to_string()).await;
            client.ledger.wrote(name, Some(Kind::Created), Some(0), &asked.told);
            if matches!(asked.told, Told::Answer(201 | 409, _)) {
                break;
            }
        }
    }
}

/// Waits until nobody works on the round, reads everything once more, and throws it away.
async fn close(client: &mut Client, ledger: &Ledger, round: Arc<Round>, cases: &Sender<Case>) {
    while Arc::strong_count(&round) > 1 {
        tokio::time::sleep(LOOK).await;
    }
    for _ in 0..LAST_READS {
        read_all(client, &round).await;
    }
    names(&round).into_iter().for_each(|name| ledger.deletes(name));
    let path = format!("{OBJECTS}?labelSelector=round%3D{}", round.number);
    while !ledger.is_over() {
        let asked = client.ask(Method::DELETE, &path, "", String::new()).await;
        if matches!(asked.told, Told::Answer(200, _)) {
            break;
        }
    }
    let _ = cases.send(Case::Round(round));
}

async fn read_all(client: &mut Client, round: &Round) {
    client.move_on();
    for at in 0..round.registers.len() {
        registers::read_register(client, round, at).await;
    }
    for at in 0..round.lists.len() {
        lists::read_list(client, round, at).await;
    }
    for at in 0..round.sets.len() {
        sets::read_set(client, round, at).await;
    }
    for at in 0..round.collections.len() {
        sets::read_collection(client, round, at).await;
    }
}

/// The names of everything that the round may have made.
fn names(round: &Round) -> Vec<Name> {
    let single = |sort, count: usize| (0..count).map(move |at| Name::new(sort, round.number, at));
    let mut names: Vec<Name> = single(Sort::Register, round.registers.len())
        .chain(single(Sort::List, round.lists.len()))
        .chain(single(Sort::Set, round.sets.len()))
        .collect();
    for (at, history) in round.collections.iter().enumerate() {
        let element = |call: &Set| match call {
            Set::Add { element } => Some(Name { element: *element, ..Name::new(Sort::Element, round.number, at) }),
            Set::Read { .. } => None,
        };
        names.extend(history.lock().iter().filter_map(|operation| element(&operation.call)));
    }
    names
}
