use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use kontiki_checker::{Operation, Outcome};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::ledger::Ledger;
use super::name::Name;
use super::round::Round;
use super::way::{Told, Way};
use super::{lists, registers, sets};

/// The collection that everything is in.
pub const OBJECTS: &str = "/api/v1/namespaces/chaos/configmaps";
/// The content type of an object.
pub const JSON: &str = "application/json";
/// The content type of a merge patch.
pub const MERGE: &str = "application/merge-patch+json";
/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long a client leaves masters alone where one does not listen.
const PAUSE: Duration = Duration::from_millis(20);

/// One request with its answer and its time.
pub struct Asked {
    /// When it was asked.
    pub invoked: u64,
    /// When the answer was there, or was waited for no longer.
    pub returned: u64,
    /// The answer.
    pub told: Told,
}

impl Asked {
    /// The operation that it was.
    pub fn operation<C>(&self, client: &Client, call: C, outcome: Outcome) -> Operation<C> {
        Operation { client: client.id, invoked: self.invoked, returned: self.returned, call, outcome }
    }
}

/// One client: it does one thing at a time, mostly at one master.
pub struct Client {
    /// Its number.
    pub id: u64,
    /// Where its choices come from.
    pub rng: StdRng,
    /// Where it writes down what it does.
    pub ledger: Arc<Ledger>,
    /// Falsifies one in so many reads.
    pub falsify: Option<u32>,
    /// Old answers, to falsify with.
    pub stale: HashMap<Name, Option<u64>>,
    ways: Vec<Way>,
    home: usize,
}

impl Client {
    /// A client with its ways to all masters.
    pub fn new(id: u64, rng: StdRng, ledger: Arc<Ledger>, ways: Vec<Way>, falsify: Option<u32>) -> Self {
        let home = usize::try_from(id).unwrap_or_default() % ways.len().max(1);
        Self { id, rng, ledger, falsify, stale: HashMap::new(), ways, home }
    }

    /// Works until the end.
    pub async fn run(mut self) {
        while !self.ledger.is_over() {
            let round = if self.rng.random_bool(0.03) { Arc::clone(&self.ledger.lasting) } else { self.ledger.round.load_full() };
            self.once(&round).await;
        }
    }

    async fn once(&mut self, round: &Round) {
        let number = self.rng.random_range(0..100);
        match number {
            0..22 if !round.lists.is_empty() => {
                let at = self.rng.random_range(0..round.lists.len());
                lists::use_list(self, round, at).await;
            }
            22..38 if !round.sets.is_empty() => {
                let at = self.rng.random_range(0..round.sets.len());
                sets::use_set(self, round, at).await;
            }
            38..52 if !round.collections.is_empty() => {
                let at = self.rng.random_range(0..round.collections.len());
                sets::use_collection(self, round, at).await;
            }
            _ if !round.registers.is_empty() => {
                let at = self.rng.random_range(0..round.registers.len());
                registers::use_register(self, round, at).await;
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }

    /// Asks the master that it mostly asks, sometimes another.
    pub async fn ask(&mut self, method: Method, path: &str, content_type: &'static str, body: String) -> Asked {
        let wanders = self.rng.random_bool(0.05);
        let to = if wanders { self.rng.random_range(0..self.ways.len()) } else { self.home };
        let invoked = self.ledger.now();
        let told = match self.ways.get_mut(to) {
            Some(way) => way.ask(method, path, content_type, body, PATIENCE).await,
            None => Told::Unsent,
        };
        let returned = self.ledger.now();
        self.ledger.count(&told);
        if !matches!(told, Told::Answer(..)) {
            self.home = self.rng.random_range(0..self.ways.len());
            tokio::time::sleep(PAUSE).await;
        }
        self.notice(&told);
        Asked { invoked, returned, told }
    }

    /// Reads one object that was made before the round began and stays as long.
    pub async fn get_lasting(&mut self, name: Name) -> Asked {
        let asked = self.get(name).await;
        if matches!(asked.told, Told::Answer(404, _)) {
            self.ledger.accuse(format!("{name} is gone, from {} to {}", asked.invoked, asked.returned));
        }
        asked
    }

    /// From now on mostly asks the next master.
    pub fn move_on(&mut self) {
        self.home = (self.home + 1) % self.ways.len().max(1);
    }

    /// No request of ours is malformed, and everybody is the administrator.
    fn notice(&self, told: &Told) {
        if let Told::Answer(code @ (400..=403 | 405..=408 | 411..=421 | 423..=428), body) = told {
            self.ledger.accuse(format!("an answer that nobody expects: {code} {body}"));
        }
    }

    /// Reads one object.
    pub async fn get(&mut self, name: Name) -> Asked {
        self.ask(Method::GET, &format!("{OBJECTS}/{name}"), "", String::new()).await
    }
}

/// An object of ours.
pub fn object(name: Name, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name.to_string(), "labels": name.labels()}, "data": data})
}
