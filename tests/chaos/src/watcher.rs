use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Method;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use kontiki_checker::{Change, Kind, Seen};
use kontiki_runtime::client::http::Lines;
use parking_lot::Mutex;
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::Value;

use super::client::OBJECTS;
use super::ledger::{Ledger, revision};
use super::name::{Name, Sort};
use super::way::{Told, Way};

/// A master that is silent for so long is left, as one that may be cut off.
const SILENCE: Duration = Duration::from_secs(3);
/// How long a list may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(30);

/// What a watcher watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The whole namespace.
    All,
    /// Registers.
    Registers,
    /// Elements of collections.
    Elements,
}

impl Selection {
    /// The one for the watcher of this number.
    pub fn of(number: usize) -> Self {
        match number % 3 {
            0 => Self::All,
            1 => Self::Registers,
            _ => Self::Elements,
        }
    }

    /// Whether it is selected.
    pub fn selects(self, name: &Name) -> bool {
        match self {
            Self::All => true,
            Self::Registers => matches!(name.sort, Sort::Register | Sort::Marker),
            Self::Elements => matches!(name.sort, Sort::Element | Sort::Marker),
        }
    }

    fn query(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Registers => "&labelSelector=registers%3Dyes",
            Self::Elements => "&labelSelector=elements%3Dyes",
        }
    }
}

/// What one watcher has seen and nobody has judged yet.
#[derive(Default)]
pub struct Tape {
    /// The items.
    pub seen: Vec<Seen<Name>>,
    /// How far it has seen everything; 0 before it has begun.
    pub position: u64,
}

impl Tape {
    /// Hands over what was seen; what follows goes on from here.
    pub fn cut(&mut self) -> Vec<Seen<Name>> {
        std::mem::replace(&mut self.seen, vec![Seen::Began { after: self.position }])
    }
}

/// One watcher: watches at one master until that ends, and goes on at any.
pub struct Watcher {
    /// What it watches.
    pub selection: Selection,
    /// What it has seen.
    pub tape: Arc<Mutex<Tape>>,
    /// Where it counts.
    pub ledger: Arc<Ledger>,
    /// Where its choices come from.
    pub rng: StdRng,
    /// The ways to all masters.
    pub ways: Vec<Way>,
}

/// How a watch ended.
enum End {
    /// It can go on elsewhere.
    Broken,
    /// What follows is not kept.
    Expired,
}

impl Watcher {
    /// Watches until the end.
    pub async fn run(mut self) {
        let mut begun = false;
        while !self.ledger.is_over() {
            let end = match (begun, self.rng.random_bool(0.5)) {
                (true, _) => self.resume().await,
                (false, true) => self.list_and_watch().await,
                (false, false) => self.watch_from_the_beginning().await,
            };
            begun = match end {
                End::Broken => self.tape.lock().position > 0,
                End::Expired => false,
            };
            // Every now and then one forgets all it has seen.
            begun = begun && !self.rng.random_bool(0.03);
        }
    }

    /// From the position, or a little before.
    async fn resume(&mut self) -> End {
        let from = self.rewound();
        self.ledger.resumed.fetch_add(1, Ordering::Relaxed);
        let query = format!("&resourceVersion={from}");
        match self.open(&query).await {
            Ok(body) => {
                self.begin(from);
                self.follow(body, false).await
            }
            Err(Some(410)) => {
                self.put(Seen::Expired { asked: from, oldest: from + 1 });
                End::Expired
            }
            Err(_) => End::Broken,
        }
    }

    /// The position, or sometimes one that has been seen before: then all after it has to come again.
    fn rewound(&mut self) -> u64 {
        let tape = self.tape.lock();
        if self.rng.random_bool(0.8) || tape.seen.is_empty() {
            return tape.position;
        }
        let back = self.rng.random_range(0..tape.seen.len().min(60));
        match tape.seen.get(tape.seen.len() - 1 - back) {
            Some(Seen::Began { after: at } | Seen::Bookmark { revision: at }) => *at,
            Some(Seen::Changes { changes, .. }) => changes.last().map_or(tape.position, |change| change.revision),
            Some(Seen::Expired { .. } | Seen::Listed { .. }) | None => tape.position,
        }
    }

    async fn list_and_watch(&mut self) -> End {
        let newest = self.ledger.newest();
        let path = format!("{OBJECTS}?resourceVersion={}", self.selection.query());
        let told = self.way().ask(Method::GET, &path, "", String::new(), PATIENCE).await;
        let Told::Answer(200, list) = told else {
            tokio::time::sleep(PAUSE).await;
            return End::Broken;
        };
        let from = revision(&list).unwrap_or_default();
        if from < newest {
            self.ledger.accuse(format!("a list as of {from}, asked for after {newest} was acknowledged"));
        }
        let items = list.get("items").and_then(Value::as_array).into_iter().flatten();
        self.put(Seen::Listed { revision: from, objects: items.filter_map(listed).collect() });
        self.begin(from);
        self.resume().await
    }

    /// What there is comes as events first.
    async fn watch_from_the_beginning(&mut self) -> End {
        match self.open("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan").await {
            Ok(body) => self.follow(body, true).await,
            Err(_) => End::Broken,
        }
    }

    async fn open(&mut self, query: &str) -> Result<Incoming, Option<u16>> {
        let seconds = self.rng.random_range(2..15);
        let path =
            format!("{OBJECTS}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}{query}{}", self.selection.query());
        let way = self.way();
        let answer = tokio::time::timeout(SILENCE, way.open(Method::GET, &path, "", String::new())).await;
        match answer {
            Ok(Ok(answer)) if answer.status() == 200 => Ok(answer.into_body()),
            Ok(Ok(answer)) => {
                let code = answer.status().as_u16();
                let told = tokio::time::timeout(SILENCE, answer.into_body().collect()).await;
                if !matches!(code, 410 | 429 | 500..) {
                    self.ledger.accuse(format!("a watch is answered with {code}: {told:?}"));
                }
                Err(Some(code))
            }
            _ => {
                tokio::time::sleep(PAUSE).await;
                Err(None)
            }
        }
    }

    /// The way to any master.
    fn way(&mut self) -> &mut Way {
        let at = self.rng.random_range(0..self.ways.len());
        // There are ways to three masters.
        &mut self.ways[at]
    }

    async fn follow(&mut self, body: Incoming, mut initial: bool) -> End {
        let mut lines = Lines::new(body);
        let mut there = BTreeMap::new();
        while !self.ledger.is_over() {
            let Ok(Some(line)) = tokio::time::timeout(SILENCE, lines.next()).await else { return End::Broken };
            let Ok(line) = serde_json::from_slice::<Value>(&line) else {
                self.ledger.accuse(format!("a watch sent {}", String::from_utf8_lossy(&line)));
                return End::Broken;
            };
            self.ledger.events.fetch_add(1, Ordering::Relaxed);
            match line["type"].as_str() {
                Some("BOOKMARK") if initial => {
                    let ends = line.pointer("/object/metadata/annotations/k8s.io~1initial-events-end").is_some();
                    if ends && let Some(at) = revision(&line["object"]) {
                        self.put(Seen::Listed { revision: at, objects: std::mem::take(&mut there).into_values().collect() });
                        self.begin(at);
                        initial = false;
                    }
                }
                Some("BOOKMARK") => revision(&line["object"]).into_iter().for_each(|at| self.bookmark(at)),
                Some("ERROR") if line.pointer("/object/code") == Some(&410.into()) => {
                    let asked = self.tape.lock().position;
                    self.put(Seen::Expired { asked, oldest: asked + 1 });
                    return End::Expired;
                }
                Some(what @ ("ADDED" | "MODIFIED" | "DELETED")) if initial => {
                    if let Some(object) = listed(&line["object"]) {
                        there.retain(|name, _| *name != object.0);
                        there.extend((what != "DELETED").then_some((object.0, object)));
                    }
                }
                Some(what @ ("ADDED" | "MODIFIED" | "DELETED")) => self.change(what, &line["object"]),
                _ => {
                    if !matches!(line.pointer("/object/code").and_then(Value::as_u64), Some(429 | 500..)) {
                        self.ledger.accuse(format!("a watch sent {line}"));
                    }
                    return End::Broken;
                }
            }
        }
        End::Broken
    }

    fn begin(&self, after: u64) {
        let mut tape = self.tape.lock();
        tape.seen.push(Seen::Began { after });
        tape.position = after;
    }

    fn bookmark(&self, revision: u64) {
        let mut tape = self.tape.lock();
        tape.seen.push(Seen::Bookmark { revision });
        tape.position = tape.position.max(revision);
    }

    fn change(&self, what: &str, object: &Value) {
        // Others' objects are there too.
        let Some((key, revision)) = Name::of(object) else { return };
        let (kind, value) = match what {
            "ADDED" => (Kind::Created, key.value(object)),
            "MODIFIED" => (Kind::Modified, key.value(object)),
            _ => (Kind::Deleted, None),
        };
        let mut tape = self.tape.lock();
        tape.seen.push(Seen::Changes { end: None, changes: vec![Change { revision, key, kind, value }] });
        tape.position = tape.position.max(revision);
    }

    fn put(&self, seen: Seen<Name>) {
        self.tape.lock().seen.push(seen);
    }
}

/// An object as a list has it; others' objects are there too.
fn listed(object: &Value) -> Option<(Name, u64, Option<u64>)> {
    let (name, revision) = Name::of(object)?;
    Some((name, revision, name.value(object)))
}
