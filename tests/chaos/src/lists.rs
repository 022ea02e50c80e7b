use http::Method;
use kontiki_checker::{Kind, List, Outcome};
use rand::Rng;
use serde_json::{Value, json};

use super::client::{Asked, Client, JSON, OBJECTS, object};
use super::name::{Name, Sort};
use super::round::Round;
use super::way::Told;

/// A list that has so many elements is only read.
const ENOUGH: usize = 150;

/// Reads a list; half of the time one element more is appended, if nobody else was faster.
pub async fn use_list(client: &mut Client, round: &Round, at: usize) {
    let Some((read, text)) = read_list(client, round, at).await else { return };
    if text.split(',').count() >= ENOUGH || client.rng.random_bool(0.5) {
        return;
    }
    let name = Name::new(Sort::List, round.number, at);
    let element = client.ledger.unique();
    let longer = if text.is_empty() { element.to_string() } else { format!("{text},{element}") };
    let path = format!("{OBJECTS}/{name}");
    let asked = if client.rng.random_bool(0.5) {
        let mut whole = object(name, json!({"v": longer}));
        if let (Some(metadata), Some(revision)) = (whole.get_mut("metadata"), read.pointer("/metadata/resourceVersion")) {
            metadata["resourceVersion"] = revision.clone();
        }
        client.ask(Method::PUT, &path, JSON, whole.to_string()).await
    } else {
        let patch =
            json!([{"op": "test", "path": "/data/v", "value": text}, {"op": "replace", "path": "/data/v", "value": longer}]);
        client.ask(Method::PATCH, &path, "application/json-patch+json", patch.to_string()).await
    };
    let outcome = client.ledger.wrote(name, Some(Kind::Modified), Some(element), &asked.told);
    done(client, round, at, &asked, List::Append { element }, outcome);
}

/// Reads a list: the object, and its elements as text.
pub async fn read_list(client: &mut Client, round: &Round, at: usize) -> Option<(Value, String)> {
    let asked = client.get_lasting(Name::new(Sort::List, round.number, at)).await;
    let Told::Answer(200, read) = &asked.told else { return None };
    let text = read.pointer("/data/v").and_then(Value::as_str).unwrap_or_default().to_owned();
    let found = text.split(',').filter_map(|element| element.parse().ok()).collect();
    done(client, round, at, &asked, List::Read { found }, Outcome::Ok);
    Some((read.clone(), text))
}

fn done(client: &Client, round: &Round, at: usize, asked: &Asked, call: List, outcome: Outcome) {
    if matches!(asked.told, Told::Unsent) {
        return;
    }
    let operation = asked.operation(client, call, outcome);
    round.lists.get(at).into_iter().for_each(|history| history.lock().push(operation.clone()));
}
