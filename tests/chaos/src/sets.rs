use http::Method;
use kontiki_checker::{Kind, Outcome, Set};
use rand::Rng;
use serde_json::{Value, json};

use super::client::{Asked, Client, JSON, MERGE, OBJECTS, object};
use super::ledger::revision;
use super::name::{Name, Sort};
use super::round::{History, Round};
use super::way::Told;

/// A set that has so many elements is only read.
const ENOUGH: usize = 150;
/// Objects per page, where a collection is read in pages.
const PAGE: usize = 20;

/// Adds to a set that is one object, or reads it.
pub async fn use_set(client: &mut Client, round: &Round, at: usize) {
    let Some(history) = round.sets.get(at) else { return };
    let name = Name::new(Sort::Set, round.number, at);
    if client.rng.random_bool(0.5) || history.lock().len() > ENOUGH * 2 {
        return read_set(client, round, at).await;
    }
    let element = client.ledger.unique();
    let patch = json!({"data": {format!("e{element}"): "", "last": element.to_string()}});
    let asked = client.ask(Method::PATCH, &format!("{OBJECTS}/{name}"), MERGE, patch.to_string()).await;
    let outcome = client.ledger.wrote(name, Some(Kind::Modified), Some(element), &asked.told);
    done(client, history, &asked, Set::Add { element }, outcome);
}

/// Reads a set that is one object.
pub async fn read_set(client: &mut Client, round: &Round, at: usize) {
    let Some(history) = round.sets.get(at) else { return };
    let asked = client.get_lasting(Name::new(Sort::Set, round.number, at)).await;
    let Told::Answer(200, read) = &asked.told else { return };
    let fields = read.get("data").and_then(Value::as_object).into_iter().flatten();
    let found = fields.filter_map(|(field, _)| field.strip_prefix('e')?.parse().ok()).collect();
    done(client, history, &asked, Set::Read { found }, Outcome::Ok);
}

/// Adds to a set that is a collection, or reads it.
pub async fn use_collection(client: &mut Client, round: &Round, at: usize) {
    let Some(history) = round.collections.get(at) else { return };
    if client.rng.random_bool(0.5) || history.lock().len() > ENOUGH * 2 {
        return read_collection(client, round, at).await;
    }
    let element = client.ledger.unique();
    let name = Name { element, ..Name::new(Sort::Element, round.number, at) };
    let asked = client.ask(Method::POST, OBJECTS, JSON, object(name, json!({})).to_string()).await;
    let outcome = client.ledger.wrote(name, Some(Kind::Created), Some(element), &asked.told);
    done(client, history, &asked, Set::Add { element }, outcome);
}

/// Reads a set that is a collection: in one go, or page by page, each perhaps from another master: then as of the first.
pub async fn read_collection(client: &mut Client, round: &Round, at: usize) {
    let Some(history) = round.collections.get(at) else { return };
    let paged = client.rng.random_bool(0.3);
    let newest = client.ledger.newest();
    let selector = format!("{OBJECTS}?labelSelector=set%3D{}-{at}%2Celements%3Dyes", round.number);
    let mut path = if paged { format!("{selector}&limit={PAGE}") } else { selector.clone() };
    let (mut found, mut invoked) = (Vec::new(), None);
    loop {
        let mut asked = client.ask(Method::GET, &path, "", String::new()).await;
        asked.invoked = *invoked.get_or_insert(asked.invoked);
        let Told::Answer(200, page) = &asked.told else { return };
        let at = revision(page).unwrap_or_default();
        if at < newest {
            client.ledger.accuse(format!("a list as of {at}, asked for after {newest} was acknowledged"));
        }
        let items = page["items"].as_array().into_iter().flatten();
        found.extend(items.filter_map(Name::of).map(|(name, _)| name.element));
        match page.pointer("/metadata/continue").and_then(Value::as_str).filter(|token| !token.is_empty()) {
            Some(token) => path = format!("{selector}&limit={PAGE}&continue={token}"),
            None => return done(client, history, &asked, Set::Read { found }, Outcome::Ok),
        }
    }
}

fn done(client: &Client, history: &History<Set>, asked: &Asked, call: Set, outcome: Outcome) {
    if matches!(asked.told, Told::Unsent) {
        return;
    }
    history.lock().push(asked.operation(client, call, outcome));
}
