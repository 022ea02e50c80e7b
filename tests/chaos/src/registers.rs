use http::Method;
use kontiki_checker::{Kind, Outcome, Register};
use rand::Rng;
use serde_json::json;

use super::client::{Asked, Client, JSON, MERGE, OBJECTS, object};
use super::ledger::revision;
use super::name::{Name, Sort};
use super::round::Round;
use super::way::Told;

/// One operation on a register, or a read and one.
pub async fn use_register(client: &mut Client, round: &Round, at: usize) {
    let name = Name::new(Sort::Register, round.number, at);
    let mut register = One { client, round, at, name };
    match register.client.rng.random_range(0..100) {
        0..45 => _ = register.read().await,
        45..53 => register.patch().await,
        53..60 => register.apply().await,
        60..82 => register.swap().await,
        82..93 => register.create().await,
        _ => register.delete().await,
    }
}

/// Reads a register.
pub async fn read_register(client: &mut Client, round: &Round, at: usize) {
    let name = Name::new(Sort::Register, round.number, at);
    One { client, round, at, name }.read().await;
}

struct One<'a> {
    client: &'a mut Client,
    round: &'a Round,
    at: usize,
    name: Name,
}

impl One<'_> {
    /// Revision and value, where there is one.
    async fn read(&mut self) -> Option<(u64, u64)> {
        let asked = self.client.get(self.name).await;
        let found = match &asked.told {
            Told::Answer(200, object) => Some(revision(object).zip(self.name.value(object))?),
            Told::Answer(404, _) => None,
            _ => return None,
        };
        let value = self.falsified(found.map(|(_, value)| value));
        self.done(&asked, Register::Read { found: value }, Outcome::Ok);
        found
    }

    /// Where asked for, now and then what was read there first instead of what was read.
    fn falsified(&mut self, value: Option<u64>) -> Option<u64> {
        let Some(one_in) = self.client.falsify else { return value };
        let first = *self.client.stale.entry(self.name).or_insert(value);
        if self.client.rng.random_ratio(1, one_in) { first } else { value }
    }

    /// A merge patch: changes what is there.
    async fn patch(&mut self) {
        let value = self.client.ledger.unique();
        let body = json!({"data": {"v": value.to_string()}}).to_string();
        let asked = self.client.ask(Method::PATCH, &self.path(), MERGE, body).await;
        self.wrote(&asked, Some(Kind::Modified), Register::Write { value: Some(value) });
    }

    /// Server-side apply: makes it where it is not there.
    async fn apply(&mut self) {
        let value = self.client.ledger.unique();
        let body = object(self.name, json!({"v": value.to_string()})).to_string();
        let path = format!("{}?fieldManager=chaos&force=true", self.path());
        let asked = self.client.ask(Method::PATCH, &path, "application/apply-patch+yaml", body).await;
        // 200 tells nothing: where the leader was lost meanwhile and its outcome is no longer in the window, it is also the
        // answer to one that had made it.
        let kind = if matches!(asked.told, Told::Answer(201, _)) { Some(Kind::Created) } else { None };
        self.wrote(&asked, kind, Register::Write { value: Some(value) });
    }

    /// Replaces what was read, at its revision.
    async fn swap(&mut self) {
        let Some((revision, expected)) = self.read().await else { return };
        let (expected, value) = (Some(expected), self.client.ledger.unique());
        let mut object = object(self.name, json!({"v": value.to_string()}));
        if let Some(metadata) = object.get_mut("metadata") {
            metadata["resourceVersion"] = revision.to_string().into();
        }
        let asked = self.client.ask(Method::PUT, &self.path(), JSON, object.to_string()).await;
        if matches!(asked.told, Told::Answer(409, _)) {
            self.done(&asked, Register::Differs { expected }, Outcome::Ok);
        }
        self.wrote(&asked, Some(Kind::Modified), Register::Swap { expected, value: Some(value) });
    }

    async fn create(&mut self) {
        let value = self.client.ledger.unique();
        let body = object(self.name, json!({"v": value.to_string()})).to_string();
        let asked = self.client.ask(Method::POST, OBJECTS, JSON, body).await;
        if matches!(asked.told, Told::Answer(409, _)) {
            self.done(&asked, Register::Differs { expected: None }, Outcome::Ok);
        }
        self.wrote(&asked, Some(Kind::Created), Register::Swap { expected: None, value: Some(value) });
    }

    /// Deletes what was read, at its revision.
    async fn delete(&mut self) {
        let Some((revision, expected)) = self.read().await else { return };
        let expected = Some(expected);
        let body =
            json!({"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"resourceVersion": revision.to_string()}});
        let asked = self.client.ask(Method::DELETE, &self.path(), JSON, body.to_string()).await;
        if matches!(asked.told, Told::Answer(409, _)) {
            self.done(&asked, Register::Differs { expected }, Outcome::Ok);
        }
        self.wrote(&asked, Some(Kind::Deleted), Register::Swap { expected, value: None });
    }

    /// Takes a write down; one that found nothing to write to is a read of nothing.
    fn wrote(&mut self, asked: &Asked, kind: Option<Kind>, call: Register) {
        if matches!(asked.told, Told::Answer(404, _)) {
            return self.done(asked, Register::Read { found: None }, Outcome::Ok);
        }
        let (Register::Write { value } | Register::Swap { value, .. }) = call else { return };
        let outcome = self.client.ledger.wrote(self.name, kind, value, &asked.told);
        self.done(asked, call, outcome);
    }

    fn done(&mut self, asked: &Asked, call: Register, outcome: Outcome) {
        if matches!(asked.told, Told::Unsent) {
            return;
        }
        let operation = asked.operation(self.client, call, outcome);
        self.round.registers.get(self.at).into_iter().for_each(|history| history.lock().push(operation.clone()));
    }

    fn path(&self) -> String {
        format!("{OBJECTS}/{}", self.name)
    }
}
